/* raw – a socket to the service, for bytes that no client would send. */

import net from 'node:net';
import { randomBytes } from 'node:crypto';

import { within } from './waiting.mjs';

class Raw {
  text = ''; // all that came, as latin1
  #ended = false;
  #socket;
  #look = () => {};

  constructor(port, host) {
    this.#socket = net.connect({ port, host, allowHalfOpen: true });
    this.#socket.setNoDelay(true);
    this.#socket.on('data', data => {
      this.text += data.toString('latin1');
      this.#look();
    });
    for (const end of ['end', 'close', 'error'])
      this.#socket.on(end, () => { this.#ended = true; this.#look(); });
  }

  get closed() {
    return this.#ended || this.#socket.destroyed;
  }

  /* Returns when the kernel took it, or the connection is over. */
  write(bytes) {
    return new Promise(resolve => {
      if (this.closed)
        resolve();
      else
        this.#socket.write(bytes, () => resolve());
    });
  }

  /* Once what came is so, or the other side has closed. → all that came */
  until(fits, limit = 20_000) {
    return within(limit, `an answer; so far ${JSON.stringify(this.text.slice(0, 500))}`,
      new Promise(resolve => {
        this.#look = () => (this.closed || fits(this.text)) && resolve(this.text);
        this.#look();
      }));
  }

  untilClosed(limit) {
    return this.until(() => false, limit);
  }

  destroy() {
    this.#socket.destroy();
  }
}

export function connectRaw(port, host = '127.0.0.1') {
  return new Raw(port, host);
}

/* A WebSocket that is open, for frames made by hand. */
export async function openRaw(port, address) {
  const { pathname, search } = new URL(address);
  const raw = connectRaw(port);
  await raw.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`
    + 'Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
    + `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`);
  const answer = await raw.until(text => text.includes('\r\n\r\n'));
  if (!answer.startsWith('HTTP/1.1 101 '))
    throw new Error(`no upgrade: ${answer.slice(0, 300)}`);
  return raw;
}
