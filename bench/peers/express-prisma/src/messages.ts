/**
 * Messages of chat sessions: numbered without gaps, chained by hashes, logged for the session's realtime room.
 *
 * Writing is one interactive transaction. Its first statement finds the session and locks it, which is the only raw
 * SQL here (Prisma's model has no FOR UPDATE) and saves a second update: number and chain are known before they are written.
 */

import { createHash } from "node:crypto";
import { prisma } from "./db.js";
import { HttpError } from "./errors.js";
import type { Message, Prisma } from "./generated/prisma/client.js";
import type { MessageDraft } from "./validation.js";

type Bytes = Uint8Array<ArrayBuffer>;
type Shown = Omit<Message, "content_hash" | "hash">;

const transaction = { maxWait: 10_000, timeout: 10_000 };
const omit = { content_hash: true, hash: true } satisfies Prisma.MessageOmit;

const sha256 = (...parts: (string | Uint8Array)[]): Bytes => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

/** The digest of what was said, as PostgreSQL writes a jsonb array. */
function contentHash({ sender, senderName, content }: MessageDraft): Bytes {
  const said = [sender, senderName ?? null, null, "text", content, null, null, null, null];
  return sha256(`[${said.map((value) => JSON.stringify(value)).join(", ")}]`);
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
  chain_head: Bytes;
}

export async function createMessage(ownerId: number, draft: MessageDraft) {
  const data = await prisma.$transaction(async (tx) => {
    const [session] = await tx.$queryRaw<Locked[]>`
      SELECT status, last_seq, chain_head FROM chat_sessions
      WHERE id = ${draft.sessionId}::uuid AND owner_id = ${ownerId} FOR NO KEY UPDATE`;
    if (session === undefined) throw sessionMissing();
    if (session.status === "closed") throw new HttpError(409, "SESSION_CLOSED", "This session is closed");
    const seq = session.last_seq + 1n;
    const content_hash = contentHash(draft);
    const hash = sha256(session.chain_head, numbered(seq), content_hash);
    await tx.chatSession.updateMany({
      where: { id: draft.sessionId },
      data: { last_seq: seq, chain_head: hash, active_at: new Date() },
    });
    const row = await tx.message.create({
      data: {
        session_id: draft.sessionId,
        seq,
        sender: draft.sender,
        sender_name: draft.senderName ?? null,
        type: "text",
        content: draft.content,
        content_hash,
        hash,
      },
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
