/* client-alone – a client as a program: connects, and prints the name of each event.
 *
 *   client-alone.mjs ADDRESS answers|ignores      pings, that is */

import WebSocket from 'ws';

const [address, manner] = process.argv.slice(2);
const socket = new WebSocket(address, { perMessageDeflate: false });

socket.on('message', data => {
  const { event } = JSON.parse(data);
  console.log(event);
  if (event === 'ping' && manner === 'answers')
    socket.send('{"event":"pong","payload":{}}');
});
socket.on('error', ({ message }) => console.log(`error: ${message}`));
socket.on('close', () => console.log('close'));
