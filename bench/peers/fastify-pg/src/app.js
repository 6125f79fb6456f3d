/** The Fastify application: plugins in their order, then the routes. */

import { randomUUID } from "node:crypto";
import compress from "@fastify/compress";
import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import jwt from "@fastify/jwt";
import rateLimit from "@fastify/rate-limit";
import fastify from "fastify";
import pino from "pino";
import { fetchArticle, fetchCategory, listArticles, listCategories } from "./articles.js";
import { sendCached } from "./cache.js";
import { recogniseCaller } from "./caller.js";
import { config } from "./config.js";
import { pool } from "./db.js";
import { handleErrors, notFound } from "./errors.js";
import { articleRoute, articlesRoute, categoriesRoute, categoryRoute } from "./schemas.js";

function requestId({ headers }) {
  const given = headers["x-request-id"];
  return given !== undefined && /^[\w-]{1,64}$/.test(given) ? given : randomUUID();
}

/** One lean line per answered request, written in batches, instead of Fastify's own two. */
function logRequests(app) {
  const logger = pino({ base: undefined }, pino.destination({ sync: false, minLength: 4096 }));
  app.addHook("onResponse", (request, reply, done) => {
    logger.info({
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 100) / 100,
      ip: request.ip,
    });
    done();
  });
}

function addRoutes(app) {
  const reads = { onRequest: recogniseCaller };
  app.get("/articles", { ...reads, schema: articlesRoute }, async (request, reply) => {
    const filters = request.query;
    if (filters.search) return listArticles(filters);
    return sendCached(`articles:${JSON.stringify(filters)}`, request, reply, () => listArticles(filters));
  });
  app.get("/articles/:slug", { ...reads, schema: articleRoute }, ({ params }) => fetchArticle(params.slug));
  app.get("/categories", { ...reads, schema: categoriesRoute }, (request, reply) =>
    sendCached("categories", request, reply, listCategories),
  );
  app.get("/categories/:id", { ...reads, schema: categoryRoute }, ({ params }) => fetchCategory(params.id));
  app.get("/health/ready", async () => {
    await pool.query("SELECT 1");
    return { status: "healthy" };
  });
}

export async function buildApp() {
  const app = fastify({ logger: false, genReqId: requestId, requestIdHeader: false, keepAliveTimeout: 65_000 });
  app.setErrorHandler(handleErrors);
  app.setNotFoundHandler(notFound);
  app.decorateRequest("caller", null);
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("X-Request-Id", request.id);
    done();
  });
  logRequests(app);
  await app.register(helmet);
  await app.register(cors, { origin: config.corsOrigin, credentials: true });
  await app.register(rateLimit, { max: config.rateLimit, timeWindow: 3_600_000 });
  await app.register(compress);
  await app.register(jwt, {
    secret: config.jwtSecret,
    verify: {
      algorithms: ["HS256"],
      allowedIss: "colonnade",
      allowedAud: config.jwtAudience,
      checkTyp: "access+jwt",
      requiredClaims: ["sid", "sub", "exp"],
    },
  });
  addRoutes(app);
  return app;
}
