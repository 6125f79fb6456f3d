/** Entry point: one process, one port, a clean stop on SIGTERM. */

import { buildApp } from "./app.js";
import { config } from "./config.js";
import { pool } from "./db.js";

const app = await buildApp();
await app.listen({ port: config.port, host: config.host });

async function stop() {
  app.server.closeAllConnections();
  await app.close();
  await pool.end();
}

process.once("SIGTERM", () => void stop());
process.once("SIGINT", () => void stop());
