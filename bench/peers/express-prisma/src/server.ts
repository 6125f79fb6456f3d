/** Entry point: one process, one port, a clean stop on SIGTERM. */

import { buildApp } from "./app.js";
import { openCache } from "./cache.js";
import { config } from "./config.js";
import { prisma } from "./db.js";

const cache = await openCache();
await prisma.$connect();
const server = buildApp(cache).listen(config.port, config.host);
server.keepAliveTimeout = 65_000;

async function stop(): Promise<void> {
  server.close();
  server.closeAllConnections();
  await cache?.close();
  await prisma.$disconnect();
}

process.once("SIGTERM", () => void stop());
process.once("SIGINT", () => void stop());
