/** One pg pool; each statement text is prepared once per connection, under a name of its own. */

import { createHash } from "node:crypto";
import pg from "pg";
import { config } from "./config.js";

export const pool = new pg.Pool({
  connectionString: config.databaseUrl,
  max: config.poolSize,
  min: config.poolSize,
  idleTimeoutMillis: 0,
  options: `-c search_path=${config.databaseSchema},public`,
});

/** Return a function that runs `text` with its parameters and returns the rows. pg cuts names at 63 bytes, hence the digest. */
export function statement(text) {
  const name = createHash("sha1").update(text).digest("hex");
  return async (...values) => (await pool.query({ name, text, values })).rows;
}
