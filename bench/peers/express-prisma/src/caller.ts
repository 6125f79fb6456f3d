/** Who calls: the bearer's signature, then the session and the account behind it, at every request. */

import type { RequestHandler } from "express";
import jwt from "jsonwebtoken";
import { config } from "./config.js";
import { prisma } from "./db.js";
import { HttpError } from "./errors.js";

export interface Caller {
  id: number;
  role: string;
}

const refused = (): HttpError => new HttpError(401, "UNAUTHORIZED", "Please sign in");

function verified(token: string): { sid: string; sub: string } {
  try {
    const { header, payload } = jwt.verify(token, config.jwtSecret, {
      algorithms: ["HS256"],
      issuer: "colonnade",
      audience: config.jwtAudience,
      complete: true,
    });
    if (header.typ === "access+jwt" && typeof payload === "object" && payload.sub) {
      return { sid: payload.sid, sub: payload.sub };
    }
  } catch {
    // Whatever is wrong with it: the answer is the same.
  }
  throw refused();
}

export const requireCaller: RequestHandler = async (req, _res, next) => {
  const [scheme, token] = (req.get("authorization") ?? "").split(" ");
  if (scheme !== "Bearer" || !token) throw refused();
  const { sid, sub } = verified(token);
  const session = await prisma.session.findUnique({
    where: { id: sid },
    select: { revoked_at: true, expires_at: true, user: { select: { id: true, role: true, is_active: true } } },
    relationLoadStrategy: config.relations,
  });
  if (session === null || session.revoked_at !== null || session.expires_at.getTime() <= Date.now()) throw refused();
  if (!session.user.is_active || String(session.user.id) !== sub) throw refused();
  req.caller = { id: session.user.id, role: session.user.role };
  next();
};

/** For what everybody may read: without a bearer there is no caller, but a wrong bearer is refused. */
export const recogniseCaller: RequestHandler = (req, res, next) => {
  if (req.get("authorization") === undefined) return next();
  return requireCaller(req, res, next);
};
