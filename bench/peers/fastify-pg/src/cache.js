/** Ready answers in this process: body bytes with their ETag under a key, bounded, with a time to live; oldest out first. */

import { createHash } from "node:crypto";
import { config } from "./config.js";

const entries = new Map();

function remember(key, body) {
  if (entries.size >= config.cacheMaxEntries) entries.delete(entries.keys().next().value);
  const etag = `W/"${createHash("sha1").update(body).digest("base64url")}"`;
  const answer = { body, etag, expiresAt: Date.now() + config.cacheTtlSeconds * 1000 };
  entries.set(key, answer);
  return answer;
}

/** Send the answer under `key`, or what `load` returns, written by the route's own serializer. */
export async function sendCached(key, request, reply, load) {
  let answer = entries.get(key);
  if (answer === undefined || answer.expiresAt < Date.now()) {
    answer = remember(key, Buffer.from(reply.serializeInput(await load(), "200")));
  }
  reply.header("ETag", answer.etag);
  if (request.headers["if-none-match"] === answer.etag) return reply.code(304).send();
  return reply.header("Content-Type", "application/json; charset=utf-8").send(answer.body);
}
