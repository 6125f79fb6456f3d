// The peer: a stock socket.io server that sends what one client says to everybody in the room.
"use strict";

const http = require("node:http");
const { Server } = require("socket.io");

const server = http.createServer();
const io = new Server(server);

io.on("connection", (socket) => {
  socket.on("join-room", (room, done) => {
    socket.join(room);
    done();
  });
  socket.on("send-message", (data) => {
    io.to("main").emit("new-message", data);
  });
});

server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
