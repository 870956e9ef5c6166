// Connects one client for each token, four to a room, says `idle` when all have their room_state, and
// stays until it is killed.
import WebSocket from 'ws';

const tokens = process.env.TOKENS.trim().split('\n');
let waiting = tokens.length;

async function connect(token, i) {
  const socket = new WebSocket(`ws://127.0.0.1:${process.env.PORT}/ws/zoom/r${i >> 2}?token=${token}`);
  await new Promise((resolve, reject) => {
    socket.once('message', resolve);
    socket.once('error', reject);
  });
  if (--waiting === 0) console.log('idle');
}

for (const [i, token] of tokens.entries()) await connect(token, i);
