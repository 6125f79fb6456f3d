/**
 * Sign-in and refresh with rotating tokens, as the contract's service has them: hashes at rest, families, a grace.
 *
 * A family is a session. A used token gives the same successor again within the grace; later it ends the session.
 */

import { createHash, createHmac, randomBytes, randomUUID } from "node:crypto";
import { verify } from "@node-rs/argon2";
import jwt from "jsonwebtoken";
import { config } from "./config.js";
import { prisma } from "./db.js";
import { HttpError } from "./errors.js";
import type { Prisma } from "./generated/prisma/client.js";
import type { Login } from "./validation.js";

const DAY_MS = 86_400_000;
const IDLE_MS = 7 * DAY_MS;
const ABSOLUTE_MS = 30 * DAY_MS;
const GRACE_MS = 10_000;
const ACCESS_SECONDS = 900;
const transaction = { maxWait: 10_000, timeout: 10_000 };

/** Checked when there is no such account, so that the answer takes as long. */
const DECOY = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

type Bytes = Uint8Array<ArrayBuffer>;

interface Holder {
  sessionId: string;
  userId: number;
  role: string;
  expiresAt: Date;
}

const hashOf = (token: string): Bytes => new Uint8Array(createHash("sha256").update(token).digest());
const successorOf = (token: string, nonce: Uint8Array): string =>
  `rt_${createHmac("sha256", token).update(nonce).digest("base64url")}`;
const refused = (): HttpError => new HttpError(401, "REFRESH_TOKEN_INVALID", "The session has ended. Please sign in again.");

function issue({ sessionId, userId, role, expiresAt }: Holder, refreshToken: string) {
  const secondsLeft = Math.floor((expiresAt.getTime() - Date.now()) / 1000);
  const expiresIn = Math.max(1, Math.min(ACCESS_SECONDS, secondsLeft));
  const accessToken = jwt.sign({ sid: sessionId, role }, config.jwtSecret, {
    algorithm: "HS256",
    header: { alg: "HS256", typ: "access+jwt", kid: "k1" },
    issuer: "colonnade",
    audience: "radio",
    subject: String(userId),
    jwtid: randomUUID(),
    notBefore: 0,
    expiresIn,
  });
  return { accessToken, expiresIn, refreshExpiresIn: secondsLeft, refreshToken };
}

const holder = {
  session: { include: { user: { select: { role: true, is_active: true } } } },
} satisfies Prisma.RefreshTokenInclude;

type Found = Prisma.RefreshTokenGetPayload<{ include: typeof holder }>;

const isLive = ({ session }: Found): boolean =>
  session.revoked_at === null && session.expires_at.getTime() > Date.now() && session.user.is_active;

const holderOf = ({ session }: Found, expiresAt: Date): Holder => ({
  sessionId: session.id,
  userId: session.account_id,
  role: session.user.role,
  expiresAt,
});

/** Look up, check the family, mark used (only one of parallel calls does), insert the successor: one transaction. */
async function rotate(hash: Bytes, nonce: Bytes, successor: Bytes, address: string): Promise<Holder | undefined> {
  return prisma.$transaction(async (tx) => {
    const found = await tx.refreshToken.findUnique({
      where: { hash },
      include: holder,
      relationLoadStrategy: config.relations,
    });
    if (found === null || found.rotated_at !== null || !isLive(found)) return undefined;
    const now = new Date();
    const marked = await tx.refreshToken.updateMany({
      where: { hash, rotated_at: null },
      data: { rotated_at: now, nonce },
    });
    if (marked.count === 0) return undefined;
    const endsAt = found.session.ends_at?.getTime() ?? Number.POSITIVE_INFINITY;
    const expiresAt = new Date(Math.min(endsAt, now.getTime() + IDLE_MS));
    await tx.refreshToken.createMany({ data: [{ hash: successor, session_id: found.session_id }] });
    await tx.session.updateMany({
      where: { id: found.session_id },
      data: { expires_at: expiresAt, last_seen_at: now, address },
    });
    await tx.refreshToken.updateMany({
      where: { session_id: found.session_id, nonce: { not: null }, rotated_at: { lt: new Date(now.getTime() - GRACE_MS) } },
      data: { nonce: null },
    });
    return holderOf(found, expiresAt);
  }, transaction);
}

/** The same as one statement, for those who leave Prisma's model where it is slow. */
async function rotateRaw(hash: Bytes, nonce: Bytes, successor: Bytes, address: string): Promise<Holder | undefined> {
  const now = new Date();
  const rows = await prisma.$queryRaw<Holder[]>`
    WITH used AS (
      UPDATE refresh_tokens t SET rotated_at = ${now}, nonce = ${nonce}
      FROM account_sessions s JOIN users u ON u.id = s.account_id
      WHERE t.hash = ${hash} AND t.rotated_at IS NULL AND s.id = t.session_id
        AND s.revoked_at IS NULL AND s.expires_at > ${now} AND u.is_active
      RETURNING t.session_id, s.account_id, u.role, least(s.ends_at, ${new Date(now.getTime() + IDLE_MS)}) AS expires_at
    ), successor AS (
      INSERT INTO refresh_tokens (hash, session_id) SELECT ${successor}, session_id FROM used
    ), session AS (
      UPDATE account_sessions s SET expires_at = used.expires_at, last_seen_at = ${now}, address = ${address}::text::inet
      FROM used WHERE s.id = used.session_id
    ), forgotten AS (
      UPDATE refresh_tokens t SET nonce = NULL FROM used
      WHERE t.session_id = used.session_id AND t.nonce IS NOT NULL
        AND t.rotated_at < ${new Date(now.getTime() - GRACE_MS)}
    )
    SELECT session_id AS "sessionId", account_id AS "userId", role, expires_at AS "expiresAt" FROM used`;
  return rows[0];
}

/** A token that was used already: its first successor within the grace, the end of the session after it. */
async function reuse(token: string, hash: Bytes) {
  const found = await prisma.refreshToken.findUnique({ where: { hash }, include: holder });
  if (found === null || found.rotated_at === null || !isLive(found)) throw refused();
  if (found.nonce === null || found.rotated_at.getTime() < Date.now() - GRACE_MS) {
    await prisma.session.updateMany({
      where: { id: found.session_id, revoked_at: null },
      data: { revoked_at: new Date(), end_reason: "token-reused" },
    });
    throw refused();
  }
  return issue(holderOf(found, found.session.expires_at), successorOf(token, found.nonce));
}

export async function refresh(token: string, address: string) {
  const hash = hashOf(token);
  const nonce = new Uint8Array(randomBytes(32));
  const successor = successorOf(token, nonce);
  const use = config.refresh === "raw" ? rotateRaw : rotate;
  const next = await use(hash, nonce, hashOf(successor), address);
  const data = next === undefined ? await reuse(token, hash) : issue(next, successor);
  return { success: true, data };
}

export async function logIn({ email, password }: Login, address: string, userAgent: string | undefined) {
  const stored = await prisma.user.findFirst({ where: { email } });
  const matches = await verify(stored?.password_hash ?? DECOY, password);
  if (stored === null || !matches || !stored.is_active) {
    throw new HttpError(401, "INVALID_CREDENTIALS", "E-mail or password is wrong");
  }
  const token = `rt_${randomBytes(32).toString("base64url")}`;
  const now = Date.now();
  const expiresAt = new Date(now + IDLE_MS);
  const session = await prisma.$transaction(async (tx) => {
    await tx.user.updateMany({ where: { id: stored.id }, data: { last_login_at: new Date(now) } });
    const opened = await tx.session.create({
      data: {
        account_id: stored.id,
        expires_at: expiresAt,
        ends_at: new Date(now + ABSOLUTE_MS),
        address,
        user_agent: userAgent ?? null,
        methods: ["password"],
      },
      select: { id: true },
    });
    await tx.refreshToken.createMany({ data: [{ hash: hashOf(token), session_id: opened.id }] });
    return opened;
  }, transaction);
  const user = { id: stored.id, name: stored.name, email: stored.email, role: stored.role };
  const issued = issue({ sessionId: session.id, userId: stored.id, role: stored.role, expiresAt }, token);
  return { success: true, data: { ...issued, user }, message: "Login successful" };
}
