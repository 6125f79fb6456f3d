/** Settings from the environment; read once at start. */

const required = (name) => {
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
  cacheTtlSeconds: Number(process.env.CACHE_TTL_SECONDS ?? 1800),
  cacheMaxEntries: Number(process.env.CACHE_MAX_ENTRIES ?? 1000),
  rateLimit: Number(process.env.RATE_LIMIT_GLOBAL ?? 1_000_000_000),
  jwtSecret: required("JWT_SECRET"),
  jwtAudience: process.env.JWT_AUDIENCE ?? "radio",
  corsOrigin: process.env.FRONTEND_URL ?? "http://localhost:5173",
};
