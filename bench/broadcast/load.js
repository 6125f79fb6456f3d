// The load client for both servers: opens sockets, then has one of them speak, and the next message is sent
// when every socket has received the last. Speaks Engine.IO and Socket.IO by hand, to be as light as it can.
//
// node load.js PORT SOCKETS WARMUP MESSAGES -> prints "ready" before the measured messages and "done" after;
// waits for a line on stdin in between, so that the harness can read the server's CPU time.
"use strict";

const readline = require("node:readline");
const WebSocket = require("ws");

const [port, sockets, warmup, messages] = process.argv.slice(2).map(Number);
const url = `ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`;
const message = {
  id: "5f0c6a3e-8f0f-4d3c-9a52-0a4e8c1f7b11",
  username: "Sari dari Surabaya",
  message: "Selamat pagi semuanya, terima kasih untuk lagunya! Tuhan memberkati.",
  timestamp: "2026-01-01T07:00:00.000Z",
};
const said = `42["send-message",${JSON.stringify(message)}]`;

let received = 0;
let allReceived = () => {};

function open() {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, { perMessageDeflate: false });
    ws.on("error", reject);
    ws.on("close", () => {
      console.error("a socket was closed");
      process.exit(1);
    });
    ws.on("message", (raw) => {
      // "42[" is an event, "430" the acknowledgement of the join, "0" open, "40" connected, "2" ping.
      if (raw[0] === 0x34 && raw[1] === 0x32) {
        received += 1;
        if (received === sockets) allReceived();
        return;
      }
      const text = raw.toString();
      if (text === "2") ws.send("3");
      else if (text.startsWith("0")) ws.send("40");
      else if (text.startsWith("40")) ws.send('420["join-room","main"]');
      else if (text.startsWith("430")) resolve(ws);
    });
  });
}

async function run(speaker, count) {
  for (let i = 0; i < count; i += 1) {
    received = 0;
    const all = new Promise((resolve) => (allReceived = resolve));
    speaker.send(said);
    await all;
  }
}

async function main() {
  const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const opened = [];
  for (let i = 0; i < sockets; i += 50) {
    opened.push(...(await Promise.all(Array.from({ length: Math.min(50, sockets - i) }, open))));
  }
  await run(opened[0], warmup);
  console.log("ready");
  await lines.next();
  const started = process.hrtime.bigint();
  await run(opened[0], messages);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  console.log(`done ${seconds}`);
  await lines.next();
  process.exit(0);
}

main();
