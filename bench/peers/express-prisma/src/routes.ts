/** Routes: validate, answer from the cache or from the database. */

import { createHash } from "node:crypto";
import { type Request, type Response, Router } from "express";
import { fetchArticle, fetchCategory, listArticles, listCategories } from "./articles.js";
import { logIn, refresh } from "./auth.js";
import type { AnswerCache, CachedAnswer } from "./cache.js";
import { recogniseCaller, requireCaller } from "./caller.js";
import { config } from "./config.js";
import { prisma } from "./db.js";
import { createMessage, listBatch } from "./messages.js";
import { articleFilters, batchParams, batchQuery, categoryId, loginBody, messageBody, refreshBody } from "./validation.js";

function send(req: Request, res: Response, answer: CachedAnswer): void {
  res.set("ETag", answer.etag);
  if (req.fresh) {
    res.status(304).end();
    return;
  }
  res.set("Content-Type", "application/json; charset=utf-8").send(answer.body);
}

/** Serialise once; the ETag is stored beside the body so that Express need not hash it for every request. */
function ready(payload: unknown): CachedAnswer {
  const body = Buffer.from(JSON.stringify(payload));
  return { body, etag: `W/"${body.length.toString(16)}-${createHash("sha1").update(body).digest("base64url")}"` };
}

async function cached(
  cache: AnswerCache | undefined,
  key: string,
  req: Request,
  res: Response,
  load: () => Promise<unknown>,
): Promise<void> {
  if (cache === undefined) {
    res.json(await load());
    return;
  }
  let answer = await cache.get(key);
  if (answer === undefined) {
    answer = ready(await load());
    await cache.set(key, answer);
  }
  send(req, res, answer);
}

export function routes(cache: AnswerCache | undefined): Router {
  const router = Router();

  router.get("/articles", recogniseCaller, async (req, res) => {
    const filters = articleFilters.parse(req.query);
    const store = filters.search && !config.cacheSearch ? undefined : cache;
    await cached(store, `articles:${JSON.stringify(filters)}`, req, res, () => listArticles(filters));
  });

  router.get("/articles/:slug", recogniseCaller, async (req, res) => {
    const store = config.cacheDetail ? cache : undefined;
    await cached(store, `article:${req.params.slug}`, req, res, () => fetchArticle(req.params.slug));
  });

  router.get("/categories", recogniseCaller, async (req, res) => {
    await cached(cache, "categories", req, res, listCategories);
  });

  router.get("/categories/:id", recogniseCaller, async (req, res) => {
    res.json(await fetchCategory(categoryId.parse(req.params.id)));
  });

  router.post("/auth/login", async (req, res) => {
    res.json(await logIn(loginBody.parse(req.body), req.ip ?? config.host, req.get("user-agent")));
  });

  router.post("/auth/refresh", async (req, res) => {
    res.json(await refresh(refreshBody.parse(req.body).refreshToken, req.ip ?? config.host));
  });

  router.post("/api/v1/messages", requireCaller, async (req, res) => {
    res.status(201).json(await createMessage(req.caller.id, messageBody.parse(req.body)));
  });

  router.get("/api/v1/messages/batch/:sessionId", requireCaller, async (req, res) => {
    const { sessionId } = batchParams.parse(req.params);
    const { lastMessageId, limit } = batchQuery.parse(req.query);
    res.json(await listBatch(req.caller.id, sessionId, lastMessageId, limit));
  });

  router.get("/health/ready", async (_req, res) => {
    await prisma.$queryRaw`SELECT 1`;
    res.json({ status: "healthy" });
  });

  return router;
}
