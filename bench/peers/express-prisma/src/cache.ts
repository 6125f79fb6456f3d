/**
 * Cache of ready answers: body bytes and ETag under a key, with a time to live.
 *
 * Two stores: a Map in this process (bounded, oldest entry out first) and Redis.
 */

import { createClient } from "redis";
import { config } from "./config.js";

export interface CachedAnswer {
  body: Buffer;
  etag: string;
}

export interface AnswerCache {
  get(key: string): Promise<CachedAnswer | undefined> | CachedAnswer | undefined;
  set(key: string, answer: CachedAnswer): Promise<void> | void;
  close(): Promise<void>;
}

class MemoryCache implements AnswerCache {
  private readonly entries = new Map<string, { answer: CachedAnswer; expiresAt: number }>();

  get(key: string): CachedAnswer | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAt < Date.now()) {
      this.entries.delete(key);
      return undefined;
    }
    return entry.answer;
  }

  set(key: string, answer: CachedAnswer): void {
    if (this.entries.size >= config.cacheMaxEntries) {
      const oldest = this.entries.keys().next().value;
      if (oldest !== undefined) this.entries.delete(oldest);
    }
    this.entries.set(key, { answer, expiresAt: Date.now() + config.cacheTtlSeconds * 1000 });
  }

  async close(): Promise<void> {
    this.entries.clear();
  }
}

async function openRedisCache(url: string): Promise<AnswerCache> {
  const client = await createClient({ url }).connect();
  return {
    async get(key) {
      const text = await client.get(key);
      if (text === null) return undefined;
      const cut = text.indexOf("\n");
      return { etag: text.slice(0, cut), body: Buffer.from(text.slice(cut + 1)) };
    },
    async set(key, { etag, body }) {
      await client.set(key, `${etag}\n${body.toString()}`, { expiration: { type: "EX", value: config.cacheTtlSeconds } });
    },
    async close() {
      await client.close();
    },
  };
}

export async function openCache(): Promise<AnswerCache | undefined> {
  if (config.cacheStore === "none") return undefined;
  if (config.cacheStore === "memory") return new MemoryCache();
  if (!config.redisUrl) throw new Error("CACHE_STORE=redis needs REDIS_URL");
  return openRedisCache(config.redisUrl);
}
