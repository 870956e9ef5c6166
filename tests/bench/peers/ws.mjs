/* A relay as one writes it in Node in an afternoon: ws, a token in the query, rooms in a Map.
 *
 *	node ws.mjs PORT SECRET_FILE */

import { readFileSync } from 'node:fs';
import http from 'node:http';
import jwt from 'jsonwebtoken';
import { WebSocketServer } from 'ws';

const [port, secretFile] = process.argv.slice(2);
const secret = readFileSync(secretFile, 'utf8').trim();
const rooms = new Map(); // path → Map of sub → socket

function admit(request) {
  const url = new URL(request.url, 'http://localhost');
  return { room: url.pathname, sub: jwt.verify(url.searchParams.get('token'), secret).sub };
}

const server = http.createServer((request, response) => response.writeHead(426).end());
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });

server.on('upgrade', (request, socket, head) => {
  let who;
  try {
    who = admit(request);
  } catch {
    socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
    return;
  }
  sockets.handleUpgrade(request, socket, head, ws => join(ws, who));
});

function join(ws, { room, sub }) {
  const people = rooms.get(room) ?? new Map();
  rooms.set(room, people);
  people.set(sub, ws);
  ws.on('message', data => relay(people, ws, sub, data));
  ws.on('close', () => {
    people.delete(sub);
    if (people.size === 0)
      rooms.delete(room);
  });
  ws.on('error', () => {});
  ws.send(JSON.stringify({ event: 'room_state', payload: { clientId: sub, people: people.size } }));
}

function relay(people, from, clientId, data) {
  const { event, payload } = JSON.parse(data);
  const text = JSON.stringify({ event, payload: { ...payload, clientId } });
  if (payload.targetClientId !== undefined) {
    people.get(payload.targetClientId)?.send(text);
    return;
  }
  for (const ws of people.values())
    if (ws !== from)
      ws.send(text);
}

server.listen(Number(port), '127.0.0.1', 4096);
