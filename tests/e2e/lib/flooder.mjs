/* flooder – a client as a program that sends as fast as it is let, to itself, until its input ends;
 * then it waits for all of it, and says what came: `COUNT whole|broken`.
 *
 *   flooder.mjs ADDRESS CLIENT-ID BYTES
 *
 * A process of its own, so that its work is not the test's. */

import WebSocket from 'ws';

const [address, targetClientId, bytes] = process.argv.slice(2);
const pad = 'x'.repeat(Number(bytes));
const AHEAD = 64; // messages that are sent and have not come back: what is under way stays bounded
const socket = new WebSocket(address, { perMessageDeflate: false });
let sent = 0, came = 0, whole = true, over = false;

function send() {
  for (; !over && sent - came < AHEAD; sent++)
    socket.send(JSON.stringify({
      event: 'message', payload: { targetClientId, data: { n: sent, pad } },
    }));
  if (over && came >= sent)
    finish();
}

function finish() {
  console.log(`${came} ${whole && came === sent ? 'whole' : 'broken'}`);
  process.exit();
}

socket.on('message', text => {
  const { event, payload } = JSON.parse(text);
  if (event === 'room_state' && sent === 0)
    console.log('in');
  if (event === 'message' && (payload.data.n !== came++ || payload.data.pad !== pad))
    whole = false;
  if (event === 'error' || event === 'bye')
    whole = false;
  send();
});
socket.on('close', () => { whole = false; finish(); });
process.stdin.on('end', () => { over = true; send(); }).resume();
