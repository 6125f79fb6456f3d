// A listener's application on the real socket.io-client, steered by JSON lines on stdin; one JSON line answers each.
//
// It does what an application does that must lose nothing: it knows several addresses of the same station and goes
// on to the next when one fails, joins with the last number it has, and sends what was not acknowledged again
// under the same clientMessageId.
//
// {do: "open", addresses, token, options}       {transport}: connected and joined
// {do: "say", texts}                            true: put into the outbox, to be sent as fast as answers come
// {do: "sent", count}                           ids by text, once so many messages have been acknowledged
// {do: "heard", event, count}                   every event of that name so far, once there are so many
// {do: "rejoined", count}                       the addresses of all joins, once there were so many
// {do: "drop"}                                  true: the transport breaks, as when a network goes
// {do: "state"}                                 {transport, address, lastSeq, refusals, disconnects}
"use strict";

const readline = require("node:readline");
const { io } = require("socket.io-client");

const PAUSE_MS = 50;
const ANSWER_MS = 3000;

let socket;
let addresses = [];
let current = 0;
let lastSeq = null;
let joined = false;
let sending = false;
let waiters = [];
const outbox = [];
const posted = {};
const events = [];
const joins = [];
const refusals = [];
const disconnects = [];

function changed() {
  waiters = waiters.filter((check) => !check());
}

function until(condition) {
  return new Promise((resolve) => {
    const check = () => condition() && (resolve(), true);
    if (!check()) waiters.push(check);
  });
}

function nextAddress() {
  current = (current + 1) % addresses.length;
  socket.io.uri = addresses[current];
}

async function join() {
  const attempt = socket.id;
  const data = lastSeq === null ? {} : { after: lastSeq };
  try {
    const answer = await socket.timeout(ANSWER_MS).emitWithAck("join-room", data);
    if (answer.error) throw new Error(answer.error.code);
    if (lastSeq === null || answer.reset) lastSeq = answer.seq;
    joined = true;
    joins.push(addresses[current]);
    changed();
    flush();
  } catch (error) {
    refusals.push(String(error.message));
    // The socket stays: it is the server's database that was away.
    if (socket.connected && socket.id === attempt) setTimeout(join, PAUSE_MS);
  }
}

// One message at a time and in order; what fails stays at the head of the outbox.
async function flush() {
  if (sending) return;
  sending = true;
  while (outbox.length && joined) {
    const { id, text } = outbox[0];
    let answer;
    try {
      answer = await socket.timeout(ANSWER_MS).emitWithAck("send-message", { message: text, clientMessageId: id });
    } catch (error) {
      answer = { error: { code: String(error.message) } };
    }
    if (answer.error) {
      refusals.push(answer.error.code);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      continue;
    }
    outbox.shift();
    posted[text] = answer.id;
    changed();
  }
  sending = false;
}

const commands = {
  async open(command) {
    addresses = command.addresses;
    socket = io(addresses[0], {
      auth: { token: command.token },
      reconnectionDelay: 20,
      reconnectionDelayMax: 200,
      timeout: 2000,
      ...command.options,
    });
    socket.onAny((event, data) => {
      events.push({ event, data });
      if (data && typeof data.seq === "number") lastSeq = data.seq;
      changed();
    });
    socket.on("connect", join);
    socket.on("connect_error", (error) => {
      refusals.push(String(error.message));
      nextAddress();
      if (!socket.active) setTimeout(() => socket.connect(), PAUSE_MS);
    });
    socket.on("disconnect", (reason) => {
      joined = false;
      disconnects.push(reason);
      nextAddress();
      if (!socket.active) setTimeout(() => socket.connect(), PAUSE_MS);
    });
    let first = null;
    socket.io.on("open", () => {
      first = first ?? socket.io.engine.transport.name;
    });
    await until(() => joined);
    const engine = socket.io.engine;
    const websocket = () => engine.transport.name === "websocket";
    if (command.upgraded && !websocket()) await new Promise((resolve) => engine.once("upgrade", resolve));
    return { first, transport: engine.transport.name };
  },
  async say({ texts }) {
    for (const text of texts) outbox.push({ id: `${process.pid}-${text}`.slice(0, 64), text });
    flush();
    return true;
  },
  async sent({ count }) {
    await until(() => Object.keys(posted).length >= count);
    return posted;
  },
  async heard({ event, count = 1 }) {
    const of = () => events.filter((each) => each.event === event).map((each) => each.data);
    await until(() => of().length >= count);
    return of();
  },
  async rejoined({ count }) {
    await until(() => joins.length >= count);
    return joins;
  },
  async drop() {
    socket.io.engine.close();
    return true;
  },
  async state() {
    const transport = socket.io.engine && socket.io.engine.transport.name;
    return { transport, address: addresses[current], lastSeq, refusals, disconnects };
  },
};

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    console.log(JSON.stringify((await commands[command.do](command)) ?? null));
  }
  process.exit(0);
})();
