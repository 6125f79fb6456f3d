/** The Express application: the contract's middleware in its order, then the routes. */

import { randomUUID } from "node:crypto";
import compression from "compression";
import cors from "cors";
import express, { type Express, type RequestHandler } from "express";
import { rateLimit } from "express-rate-limit";
import helmet from "helmet";
import pino from "pino";
import type { AnswerCache } from "./cache.js";
import type { Caller } from "./caller.js";
import { config } from "./config.js";
import { handleErrors, notFound, sendError, HttpError } from "./errors.js";
import { routes } from "./routes.js";

declare global {
  namespace Express {
    interface Request {
      id: string;
      /** Set by `requireCaller`. */
      caller: Caller;
    }
  }
}

/** One lean line per answered request, written in batches (pino-http's own lines cost several times as much). */
function requestLog(): RequestHandler {
  const logger = pino({ base: undefined }, pino.destination({ sync: false, minLength: 4096 }));
  return (req, res, next) => {
    const started = performance.now();
    res.on("finish", () => {
      logger.info({
        requestId: req.id,
        method: req.method,
        route: req.route?.path,
        status: res.statusCode,
        ms: Math.round((performance.now() - started) * 100) / 100,
        ip: req.ip,
      });
    });
    next();
  };
}

export function buildApp(cache: AnswerCache | undefined): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use((req, res, next) => {
    const given = req.get("x-request-id");
    req.id = given !== undefined && /^[\w-]{1,64}$/.test(given) ? given : randomUUID();
    res.set("X-Request-Id", req.id);
    next();
  });
  if (config.requestLog) app.use(requestLog());
  app.use(helmet());
  app.use(cors({ origin: config.corsOrigin, credentials: true }));
  app.use(
    rateLimit({
      windowMs: 3_600_000,
      limit: config.rateLimit,
      standardHeaders: "draft-7",
      legacyHeaders: false,
      handler: (req, res) => sendError(req, res, new HttpError(429, "RATE_LIMIT_EXCEEDED", "Too many requests")),
    }),
  );
  app.use(compression());
  app.use(express.json({ limit: "1mb" }));
  app.use(routes(cache));
  app.use(notFound);
  app.use(handleErrors);
  return app;
}
