// Many socket.io-clients of one chat, with the library's defaults or `transports`; prints what became of them.
//
// stdin, one JSON line each:
// {do: "open", url, tokens, transports}   opens a client per token, which joins the room and, after a break, catches up
// {do: "report"}              -> {connected, failed, breaks, seqs: [[…] per client], transports: {name: number}}
// {do: "say", client, message} -> the number of the message, once the server has taken it
// {do: "wait", seq}           -> the report, once every client has the message of this number
// {do: "wait-connected"}      -> the report, once every client is connected and has joined
"use strict";

const readline = require("node:readline");
const { io } = require("socket.io-client");

const clients = [];
let waiters = [];

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

function open(url, token, transports) {
  const client = { seqs: [], failed: [], breaks: [], joined: false, last: null };
  const socket = io(url, { auth: { token }, ...(transports ? { transports } : {}), forceNew: true });
  client.socket = socket;
  const take = (data) => {
    if (data && typeof data.seq === "number") {
      client.seqs.push(data.seq);
      client.last = data.seq;
      changed();
    }
  };
  socket.onAny((event, data) => take(data));
  socket.on("connect", () => {
    const wanted = client.last === null ? {} : { after: client.last };
    socket.emit("join-room", wanted, (answer) => {
      if (answer && typeof answer.seq === "number") {
        client.joined = true;
        if (answer.reset || client.last === null) client.last = answer.seq;
      } else {
        client.failed.push(JSON.stringify(answer));
      }
      changed();
    });
  });
  socket.on("disconnect", (reason) => {
    client.joined = false;
    client.breaks.push(reason);
    changed();
  });
  socket.on("connect_error", (error) => {
    client.failed.push(`${error.message} ${(error.description && error.description.message) || error.description || ""} ${(error.context && error.context.responseText) || ""}`);
    changed();
  });
  clients.push(client);
}

function report() {
  const transports = {};
  for (const client of clients) {
    const name = client.socket.connected ? client.socket.io.engine.transport.name : "none";
    transports[name] = (transports[name] || 0) + 1;
  }
  return {
    connected: clients.filter((client) => client.socket.connected && client.joined).length,
    failed: clients.flatMap((client) => client.failed),
    breaks: clients.flatMap((client) => client.breaks),
    seqs: clients.map((client) => client.seqs),
    transports,
  };
}

function say({ client, message }) {
  const { socket } = clients[client];
  return new Promise((resolve) => {
    const attempt = () =>
      socket
        .timeout(3000)
        .emit("send-message", { message, clientMessageId: message }, (error, answer) =>
          error ? attempt() : resolve(answer)
        );
    attempt();
  });
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    if (command.do === "say") {
      console.log(JSON.stringify(await say(command)));
      continue;
    }
    if (command.do === "open") {
      for (const token of command.tokens) open(command.url, token, command.transports);
    } else if (command.do === "wait") {
      await until(() => clients.every((client) => client.last !== null && client.last >= command.seq));
    } else if (command.do === "wait-connected") {
      await until(() => clients.every((client) => client.joined));
    }
    console.log(JSON.stringify(command.do === "open" ? true : report()));
  }
  process.exit(0);
})();
