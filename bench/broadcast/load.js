// The load client for all servers: opens sockets, then one speaks, and the next message is sent when every
// socket has received the last. Speaks Engine.IO and Socket.IO by hand, to be as light as it can.
//
// node load.js PORT SOCKETS WARMUP MESSAGES [STAFF_TOKEN] -> prints "ready" before the measured messages and
// "done" after; waits for a line on stdin in between, so that the harness can read the server's CPU time.
//
// With STAFF_TOKEN the server is radio as its listeners have it: each comes from an address of its own (told by
// X-Forwarded-For, as a proxy does), gets a guest session, connects with its token and joins the room; staff speak
// over HTTP. Without, the first socket speaks to a room that anybody may join.
"use strict";

const http = require("node:http");
const readline = require("node:readline");
const WebSocket = require("ws");

const [port, sockets, warmup, messages] = process.argv.slice(2, 6).map(Number);
const staffToken = process.argv[6];
const url = `ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`;
const agent = new http.Agent({ keepAlive: true });
const text = "Selamat pagi semuanya, terima kasih untuk lagunya! Tuhan memberkati.";
const message = {
  id: "5f0c6a3e-8f0f-4d3c-9a52-0a4e8c1f7b11",
  username: "Sari dari Surabaya",
  message: text,
  timestamp: "2026-01-01T07:00:00.000Z",
};
const said = `42["send-message",${JSON.stringify(message)}]`;
const heard = Buffer.from('42["new-message"');

let received = 0;
let allReceived = () => {};

function post(path, headers, body) {
  const data = JSON.stringify(body);
  const options = {
    agent,
    port,
    path,
    method: "POST",
    headers: { "content-type": "application/json", "content-length": Buffer.byteLength(data), ...headers },
  };
  return new Promise((resolve, reject) => {
    const request = http.request(options, (answer) => {
      let given = "";
      answer.on("data", (part) => (given += part));
      answer.on("end", () => {
        if (answer.statusCode === 201) resolve(JSON.parse(given).data);
        else reject(new Error(`${path} answered ${answer.statusCode}: ${given}`));
      });
    });
    request.on("error", reject);
    request.end(data);
  });
}

async function listener(number) {
  if (!staffToken) return { headers: {}, hello: "40", room: "main" };
  const headers = { "x-forwarded-for": `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}` };
  const session = await post("/livechat/session", headers, { name: `Pendengar ${number}` });
  return { headers, hello: `40${JSON.stringify({ token: session.token })}`, room: session.room };
}

async function open(number) {
  const { headers, hello, room } = await listener(number);
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, { perMessageDeflate: false, headers });
    ws.on("error", reject);
    ws.on("close", () => {
      console.error("a socket was closed");
      process.exit(1);
    });
    ws.on("message", (raw) => {
      // "42[" is an event, "430" the acknowledgement of the join, "0" open, "40" connected, "2" ping.
      if (raw[0] === 0x34 && raw[1] === 0x32) {
        if (heard.compare(raw, 0, heard.length) !== 0) return;
        received += 1;
        if (received === sockets) allReceived();
        return;
      }
      const text = raw.toString();
      if (text === "2") ws.send("3");
      else if (text.startsWith("0")) ws.send(hello);
      else if (text.startsWith("40")) ws.send(`420["join-room","${room}"]`);
      else if (text.startsWith("430")) resolve(ws);
    });
  });
}

function speak(speaker) {
  if (!staffToken) {
    speaker.send(said);
    return Promise.resolve();
  }
  return post("/livechat/messages", { authorization: `Bearer ${staffToken}` }, { message: text });
}

async function run(speaker, count) {
  for (let i = 0; i < count; i += 1) {
    received = 0;
    const all = new Promise((resolve) => (allReceived = resolve));
    await Promise.all([speak(speaker), all]);
  }
}

async function main() {
  const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const opened = [];
  const together = staffToken ? 8 : 50; // the database has so many connections
  for (let i = 0; i < sockets; i += together) {
    const numbers = Array.from({ length: Math.min(together, sockets - i) }, (_, index) => i + index + 1);
    opened.push(...(await Promise.all(numbers.map(open))));
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
