/** Zod schemas of what comes in. Query values are strings, so numbers are coerced. */

import { z } from "zod";

export const articleFilters = z.object({
  page: z.coerce.number().int().min(1).default(1),
  limit: z.coerce.number().int().min(1).max(50).default(10),
  status: z.enum(["draft", "published", "archived"]).optional(),
  category: z.string().optional(),
  search: z.string().max(100).optional(),
  author: z.coerce.number().int().positive().optional(),
  sortBy: z.enum(["created_at", "updated_at", "published_at", "title"]).default("created_at"),
  sortOrder: z.enum(["asc", "desc"]).default("desc"),
});

export const categoryId = z.coerce.number().int().positive().max(2 ** 31 - 1);

export const refreshBody = z.object({ refreshToken: z.string().max(200) });

export const loginBody = z.object({ email: z.string().min(3).max(254), password: z.string().min(1).max(1024) });

export const messageBody = z.strictObject({
  sessionId: z.uuid(),
  sender: z.enum(["customer", "assistant", "human", "system"]),
  content: z.string().max(4096).refine((text) => text.trim() !== "", "Content is required"),
  senderName: z.string().min(1).max(100).optional(),
});

export const batchParams = z.object({ sessionId: z.uuid() });

export const batchQuery = z.object({
  lastMessageId: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export type MessageDraft = z.infer<typeof messageBody>;
export type Login = z.infer<typeof loginBody>;
export type ArticleFilters = z.infer<typeof articleFilters>;
