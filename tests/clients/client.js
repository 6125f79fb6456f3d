// The real socket.io-client, steered by JSON lines on stdin; each command is answered by one JSON line.
//
// {do: "connect", url, options}                  {sid, transport: the first one} or {refused: {message, data}}
// {do: "emit", event, args}                      true
// {do: "emit-many", event, count}                true: so many events at once, each with its number
// {do: "offline"}                                true: the transport breaks, and nothing comes back before "online"
// {do: "online"}                                 true
// {do: "answer", event}                          true: such events are acknowledged with their arguments, reversed
// {do: "call", event, args}                      the acknowledgement's arguments
// {do: "send-binary", event, bytes}              the acknowledgement's arguments, bytes as arrays
// {do: "wait", event, count}                     the first arguments of all such events so far
// {do: "wait-for-reconnect", count}              the reasons of all disconnects, once reconnected so often
// {do: "drop"}                                   true: the transport breaks, as when a network goes
// {do: "transport"}                              "polling" or "websocket"
// {do: "wait-for-upgrade"}                       "websocket"
// {do: "disconnect"}                             true
"use strict";

const readline = require("node:readline");
const { io } = require("socket.io-client");

let socket;
let waiters = [];
const events = [];
const disconnects = [];
let connects = 0;
// What the tests' chat does on every connect, as an application does: join, telling how far it has come.
let joinRoom = null;
let lastSeq = null;
const joins = [];

function plain(value) {
  if (Buffer.isBuffer(value) || value instanceof Uint8Array) return { bytes: [...value] };
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
  }
  return value;
}

function changed() {
  waiters = waiters.filter((check) => !check());
}

function until(condition) {
  return new Promise((resolve) => {
    const check = () => {
      const done = condition();
      if (done) resolve();
      return done;
    };
    if (!check()) waiters.push(check);
  });
}

const of = (name) => events.filter(([event]) => event === name).map(([, data]) => data);

const commands = {
  async connect({ url, options }) {
    socket = io(url, { reconnectionDelay: 20, reconnectionDelayMax: 100, ...options });
    let refused = null;
    let first = null;
    socket.io.on("open", () => (first = first ?? socket.io.engine.transport.name));
    socket.onAny((event, data) => {
      events.push([event, plain(data)]);
      if (data && typeof data.seq === "number") lastSeq = data.seq;
      changed();
    });
    socket.on("connect", () => {
      connects += 1;
      if (joinRoom) socket.emit("join", { room: joinRoom, after: lastSeq }, (answer) => joins.push(answer));
      changed();
    });
    socket.on("disconnect", (reason) => {
      disconnects.push(reason);
      changed();
    });
    socket.on("connect_error", (error) => {
      // Errors of the transport have a description and are tried again; refusals are the server's.
      if (error.description === undefined) refused = { message: error.message, data: error.data ?? null };
      changed();
    });
    await until(() => socket.connected || refused);
    return refused ? { refused } : { sid: socket.id, transport: first };
  },
  async emit({ event, args = [] }) {
    socket.emit(event, ...args);
    return true;
  },
  async "emit-many"({ event, count }) {
    for (let number = 0; number < count; number += 1) socket.emit(event, number);
    return true;
  },
  async offline() {
    socket.io.reconnection(false);
    socket.io.engine.close();
    await until(() => !socket.connected);
    return true;
  },
  async online() {
    socket.io.reconnection(true);
    socket.connect();
    return true;
  },
  async answer({ event }) {
    socket.on(event, (...args) => args.pop()(...args.reverse()));
    return true;
  },
  call({ event, args = [] }) {
    return new Promise((resolve) => socket.emit(event, ...args, (...answer) => resolve(plain(answer))));
  },
  "send-binary"({ event, bytes }) {
    const data = { name: "raw", parts: [Buffer.from(bytes), Buffer.from(bytes).reverse()] };
    return new Promise((resolve) => socket.emit(event, data, (...answer) => resolve(plain(answer))));
  },
  async wait({ event, count = 1 }) {
    await until(() => of(event).length >= count);
    return of(event);
  },
  async follow({ room }) {
    joinRoom = room;
    const answer = await new Promise((resolve) => socket.emit("join", { room, after: lastSeq }, resolve));
    if (lastSeq === null) lastSeq = answer.seq;
    return answer;
  },
  async "wait-for-reconnect"({ count }) {
    await until(() => connects > count && socket.connected);
    return disconnects;
  },
  async "wait-for-disconnect"() {
    await until(() => disconnects.length > 0);
    return { reason: disconnects[0], active: socket.active };
  },
  async drop() {
    socket.io.engine.close();
    return true;
  },
  async transport() {
    return socket.io.engine.transport.name;
  },
  async "wait-for-upgrade"() {
    const engine = socket.io.engine;
    if (engine.transport.name !== "websocket") await new Promise((resolve) => engine.once("upgrade", resolve));
    return engine.transport.name;
  },
  async joins() {
    return joins;
  },
  async disconnect() {
    socket.disconnect();
    return true;
  },
};

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    const answer = await commands[command.do](command);
    console.log(JSON.stringify(answer ?? null));
  }
  process.exit(0);
})();
