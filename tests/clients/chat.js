// A live chat in the terminal: node chat.js [URL] [NAME]. Type to send, Ctrl-C to leave.
"use strict";

const readline = require("node:readline");
const { io } = require("socket.io-client");

const url = (process.argv[2] || "http://localhost:3000").replace(/\/$/, "");
const name = process.argv[3] || "Tamu";

async function main() {
  const response = await fetch(`${url}/livechat/session`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name }),
  });
  const answer = await response.json();
  if (!answer.success) throw new Error(answer.error.message);
  const session = answer.data;

  const { origin, pathname } = new URL(url);
  const path = `${pathname === "/" ? "" : pathname}/socket.io`;
  const socket = io(origin, { path, auth: { token: session.token } });
  let last = null;
  let reading = false;
  const show = (line) => console.log(line);

  socket.on("connect", () => {
    const wanted = last === null ? session.session_id : { session_id: session.session_id, after: last };
    socket.emit("join-room", wanted, () => {
      if (!reading) read();
      reading = true;
    });
  });
  socket.on("new-message", (message) => {
    last = message.seq ?? last;
    show(`${message.username}: ${message.message}`);
  });
  socket.on("message-moderated", ({ messageId, action }) => show(`  (message ${messageId}: ${action})`));
  socket.on("user-joined", ({ username }) => show(`  (${username} joined)`));
  socket.on("user-left", ({ username }) => show(`  (${username} left)`));
  socket.on("error", ({ code, message }) => show(`  (${code}: ${message})`));
  socket.on("connect_error", (error) => show(`  (${error.message})`));

  // Not before the room was joined: one would not see one's own words.
  function read() {
    show(`  (connected as ${name}: type to send, Ctrl-C to leave)`);
    readline.createInterface({ input: process.stdin }).on("line", (message) => {
      if (message.trim()) socket.emit("send-message", { message });
    });
    process.stdin.on("end", () => setTimeout(() => process.exit(0), 500));
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
