/* proxy – one person's way to the service: a TCP proxy that can fail as networks do.
 *
 *   cut      both sides get a RST
 *   silence  nothing is said any more, either way, and nobody is told: a cable that was pulled
 *   delay    everything takes so many ms longer, either way
 *
 * It holds no more than sockets do: a side that does not read is not read for. */

import net from 'node:net';

class Line {
  constructor(proxy, near) {
    Object.assign(this, { proxy, near, silent: false, delay: 0 });
    this.far = net.connect({ host: '127.0.0.1', port: proxy.target, allowHalfOpen: true });
    this.#carry(near, this.far);
    this.#carry(this.far, near);
  }

  #carry(from, to) {
    from.setNoDelay(true);
    from.on('data', data => this.#later(() => {
      if (!this.silent && !to.destroyed && !to.write(data)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    }));
    from.on('end', () => this.#later(() => this.silent || to.end()));
    from.on('error', () => this.silent || to.resetAndDestroy());
    from.on('close', () => {
      if (!this.silent && this.near.destroyed !== this.far.destroyed)
        this.#later(() => to.destroy());
      if (this.near.destroyed && this.far.destroyed)
        this.proxy.lines.delete(this);
    });
  }

  #later(what) {
    if (this.delay > 0)
      setTimeout(what, this.delay);
    else
      what();
  }

  cut() {
    this.silent = true; // what is on its way arrives no more
    this.near.resetAndDestroy();
    this.far.resetAndDestroy();
    this.proxy.lines.delete(this);
  }
}

export class Proxy {
  lines = new Set();
  #server;

  static async open(target) {
    const proxy = new Proxy();
    proxy.target = target;
    proxy.#server = net.createServer({ allowHalfOpen: true },
      near => proxy.lines.add(new Line(proxy, near)));
    await new Promise(resolve => proxy.#server.listen(0, '127.0.0.1', resolve));
    proxy.port = proxy.#server.address().port;
    return proxy;
  }

  cut() {
    for (const line of [...this.lines])
      line.cut();
  }

  silence() {
    for (const line of this.lines)
      line.silent = true;
  }

  /* Longer later on too, but never shorter for what is under way: order is kept. */
  delay(ms) {
    for (const line of this.lines)
      line.delay = Math.max(line.delay, ms);
  }

  /* The network is repaired: who was silent finds out that the other side is gone. */
  heal() {
    for (const line of [...this.lines])
      if (line.silent)
        line.cut();
  }

  close() {
    this.cut();
    this.#server.close();
  }
}
