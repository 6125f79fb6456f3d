/** The Prisma client over one pg pool. */

import { createHash } from "node:crypto";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { config } from "./config.js";
import { PrismaClient } from "./generated/prisma/client.js";

const names = new Map<string, string>();

/** A stable name per statement text. pg cuts names at 63 bytes, hence the digest. */
function statementName({ sql }: { sql: string }): string {
  let name = names.get(sql);
  if (name === undefined) {
    name = createHash("sha1").update(sql).digest("hex");
    names.set(sql, name);
  }
  return name;
}

const pool = new pg.Pool({
  connectionString: config.databaseUrl,
  max: config.poolSize,
  min: config.poolSize,
  idleTimeoutMillis: 0,
  options: `-c search_path=${config.databaseSchema},public`,
});

const adapter = new PrismaPg(pool, {
  schema: config.databaseSchema,
  disposeExternalPool: true,
  ...(config.preparedStatements ? { statementNameGenerator: statementName } : {}),
});

export const prisma = new PrismaClient({ adapter });
