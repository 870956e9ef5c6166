/* The same in socket.io.
 *
 *	node socketio.mjs PORT SECRET_FILE */

import { readFileSync } from 'node:fs';
import http from 'node:http';
import jwt from 'jsonwebtoken';
import { Server } from 'socket.io';

const [port, secretFile] = process.argv.slice(2);
const secret = readFileSync(secretFile, 'utf8').trim();
const server = http.createServer();
const io = new Server(server, { transports: ['websocket'], perMessageDeflate: false });

io.use((socket, next) => {
  try {
    const { token, room } = socket.handshake.query;
    socket.data = { sub: jwt.verify(token, secret).sub, room };
    next();
  } catch (error) {
    next(error);
  }
});

io.on('connection', socket => {
  const { sub, room } = socket.data;
  socket.join([room, `${room}/${sub}`]);
  socket.on('message', ({ target, ...payload }) => {
    const to = target === undefined ? room : `${room}/${target}`;
    socket.to(to).emit('message', { ...payload, clientId: sub });
  });
});

server.listen(Number(port), '127.0.0.1', 4096);
