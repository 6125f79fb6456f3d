/** Settings from the environment; read once at start. */

const flag = (name: string, fallback: boolean): boolean => {
  const value = process.env[name];
  return value === undefined ? fallback : value === "on" || value === "1" || value === "true";
};

const choice = <T extends string>(name: string, allowed: readonly T[], fallback: T): T => {
  const value = (process.env[name] ?? fallback) as T;
  if (!allowed.includes(value)) throw new Error(`${name} must be one of ${allowed.join(", ")}`);
  return value;
};

const required = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
};

export const config = {
  port: Number(process.env.PORT ?? 3000),
  host: process.env.HOST ?? "127.0.0.1",
  databaseUrl: required("DATABASE_URL"),
  databaseSchema: process.env.DATABASE_SCHEMA ?? "public",
  poolSize: Number(process.env.DB_POOL_SIZE ?? 10),
  /** Name prepared statements, so that PostgreSQL plans each text once per connection. */
  preparedStatements: flag("PREPARED_STATEMENTS", true),
  redisUrl: process.env.REDIS_URL,
  cacheStore: choice("CACHE_STORE", ["memory", "redis", "none"] as const, "memory"),
  /** Cache the article detail too; the contract caches the list only. */
  cacheDetail: flag("CACHE_DETAIL", false),
  /** Cache lists with a search term too; one key per term, so teams usually do not. */
  cacheSearch: flag("CACHE_SEARCH", false),
  cacheTtlSeconds: Number(process.env.CACHE_TTL_SECONDS ?? 1800),
  cacheMaxEntries: Number(process.env.CACHE_MAX_ENTRIES ?? 1000),
  rateLimit: Number(process.env.RATE_LIMIT_GLOBAL ?? 1_000_000_000),
  requestLog: flag("REQUEST_LOG", true),
  /** How relations are loaded: `query` (Prisma's default, one statement each) or `join` (preview feature). */
  relations: choice("RELATIONS", ["query", "join"] as const, "query"),
  /** `contains`: Prisma's own filter. `tsquery`: PostgreSQL full text through $queryRaw. */
  search: choice("SEARCH", ["contains", "tsquery"] as const, "contains"),
  /** Whether list items carry `content`, to answer with the same fields as the server compared with. */
  listContent: flag("LIST_CONTENT", true),
  /** How a refresh token is rotated: `model` (Prisma's statements in one transaction) or `raw` (one statement by $queryRaw). */
  refresh: choice("REFRESH", ["model", "raw"] as const, "model"),
  jwtSecret: process.env.JWT_SECRET ?? "a development secret, only ever used on one machine",
  /** The product whose access tokens are accepted. */
  jwtAudience: process.env.JWT_AUDIENCE ?? "radio",
  corsOrigin: process.env.FRONTEND_URL ?? "http://localhost:5173",
};
