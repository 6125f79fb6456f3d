/**
 * Messages of chat sessions: numbered without gaps, chained by hashes, logged for the session's realtime room.
 *
 * Writing is one interactive transaction. Its first statement finds the session and locks it, which is the only raw
 * SQL here (Prisma's model has no FOR UPDATE) and saves a second update: what the digest covers is known before it is written.
 */

import { createHash } from "node:crypto";
import { prisma } from "./db.js";
import { HttpError } from "./errors.js";
import type { Message, Prisma } from "./generated/prisma/client.js";
import type { MessageDraft } from "./validation.js";

type Bytes = Uint8Array<ArrayBuffer>;
type Shown = Omit<Message, "owner_id" | "link" | "salt" | "content_hash" | "hash">;

const transaction = { maxWait: 10_000, timeout: 10_000 };
const omit = { owner_id: true, link: true, salt: true, content_hash: true, hash: true } satisfies Prisma.MessageOmit;

const sha256 = (...parts: (string | Uint8Array)[]): Bytes => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

/** The digest of a row: its values that are not null, as PostgreSQL writes a jsonb object. */
function digestOf(row: Record<string, bigint | number | string | null>): Bytes {
  const names = Object.keys(row).filter((name) => row[name] !== null);
  names.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  const text = (value: bigint | number | string | null) =>
    typeof value === "string" ? JSON.stringify(value) : String(value);
  return sha256(`{${names.map((name) => `"${name}": ${text(row[name])}`).join(", ")}}`);
}

function numbered(seq: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(seq);
  return bytes;
}

const numberOrNull = (value: bigint | null): number | null => (value === null ? null : Number(value));

function toMessage(row: Shown) {
  return {
    id: Number(row.id),
    sessionId: row.session_id,
    seq: Number(row.seq),
    sender: row.sender,
    senderName: row.sender_name,
    phoneNumber: row.phone,
    phoneNumberTyped: row.phone_typed,
    type: row.type,
    content: row.content,
    mediaUrl: row.media_url,
    mediaMimeType: row.media_mimetype,
    fileName: row.media_name,
    fileSizeBytes: numberOrNull(row.media_size_bytes),
    replyToId: numberOrNull(row.reply_to_id),
    clientMessageId: row.client_message_id,
    providerMessageId: row.provider_message_id,
    status: row.status,
    version: row.version,
    createdAt: row.created_at,
    editedAt: row.edited_at,
    deletedAt: row.deleted_at,
  };
}

const sessionMissing = (): HttpError => new HttpError(404, "SESSION_NOT_FOUND", "Session not found");

interface Locked {
  status: string;
  last_seq: bigint;
  links: bigint;
  chain_head: Bytes;
  id: bigint;
  salt: string;
  at: Date;
  at_text: string;
}

export async function createMessage(ownerId: number, draft: MessageDraft) {
  const data = await prisma.$transaction(async (tx) => {
    const [session] = await tx.$queryRaw<Locked[]>`
      WITH s AS MATERIALIZED (
        SELECT status, last_seq, links, chain_head FROM chat_sessions
        WHERE id = ${draft.sessionId}::uuid AND owner_id = ${ownerId} FOR NO KEY UPDATE
      ), drawn AS MATERIALIZED (
        SELECT s.*, nextval('public.messages_id_seq') AS id, gen_random_uuid()::text AS salt,
          date_trunc('milliseconds', clock_timestamp()) AS at
        FROM s
      )
      SELECT *, to_jsonb(at) #>> '{}' AS at_text FROM drawn`;
    if (session === undefined) throw sessionMissing();
    if (session.status === "closed") throw new HttpError(409, "SESSION_CLOSED", "This session is closed");
    const seq = session.last_seq + 1n;
    const link = session.links + 1n;
    const written = {
      id: session.id,
      session_id: draft.sessionId.toLowerCase(),
      owner_id: ownerId,
      seq,
      link,
      salt: session.salt,
      sender: draft.sender,
      sender_name: draft.senderName ?? null,
      type: "text",
      content: draft.content,
      status: "recorded",
      version: 1,
    };
    const content_hash = digestOf({ ...written, created_at: session.at_text });
    const hash = sha256(session.chain_head, numbered(link), content_hash);
    await tx.chatSession.updateMany({
      where: { id: draft.sessionId },
      data: { last_seq: seq, links: link, chain_head: hash, active_at: new Date() },
    });
    const row = await tx.message.create({
      data: { ...written, created_at: session.at, content_hash, hash },
      omit,
    });
    const message = toMessage(row);
    const room = `chat:${draft.sessionId}`;
    const head = await tx.realtimeRoom.upsert({
      where: { room },
      create: { room, seq: 1n },
      update: { seq: { increment: 1 } },
      select: { seq: true },
    });
    await tx.realtimeEvent.createMany({
      data: [{ room, seq: head.seq, event: "message-created", data: { message } as unknown as Prisma.InputJsonObject }],
    });
    return message;
  }, transaction);
  return { status: "success", data };
}

export async function listBatch(ownerId: number, sessionId: string, lastId: number, limit: number) {
  const session = await prisma.chatSession.findFirst({
    where: { id: sessionId, owner_id: ownerId },
    select: { id: true },
  });
  if (session === null) throw sessionMissing();
  const rows = await prisma.message.findMany({
    where: { session_id: sessionId, id: { gt: lastId } },
    orderBy: { id: "asc" },
    take: limit,
    omit,
  });
  return { status: "success", results: rows.length, data: rows.map(toMessage) };
}
