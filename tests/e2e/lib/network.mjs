/* network – a network of the test's own, with cables that can be cut.
 *
 * The test file runs again in a network namespace, and each client in one more, at the other end of
 * a veth pair. None of them has a name: they are gone with their processes. Nothing leaves this
 * machine, nor reaches its other programs. */

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { until } from './waiting.mjs';

const INSIDE = 'BECKON_OWN_NETWORK';
const CLIENT = fileURLToPath(new URL('./client-alone.mjs', import.meta.url));

const run = (...words) => execFileSync(words[0], words.slice(1), { encoding: 'utf8' });
const allowed = words => spawnSync(words[0], words.slice(1)).status === 0;

/* To be called first: runs this file in a network of its own, and ends with it. Returns true in
 * there, and false where one is not to be had (only root may make it). */
export async function ownNetwork(file) {
  if (process.env[INSIDE]) {
    run('ip', 'link', 'set', 'lo', 'up');
    return true;
  }
  if (!allowed(['unshare', '--net', 'ip', 'link', 'add', 'a0', 'type', 'veth', 'peer', 'a1']))
    return false;
  const child = spawn('unshare', ['--net', process.execPath, fileURLToPath(file)],
    { stdio: 'inherit', env: { ...process.env, [INSIDE]: '1' } });
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => child.kill(signal));
  const status = await new Promise(resolve => child.on('exit', resolve));
  process.exit(status ?? 1);
}

let count = 0;

/* A client that lives in a process and a network of its own. */
export class DistantClient {
  received = []; // names of events

  /* address: host → where to connect to. It answers pings, if it is to. */
  static async start(address, { answers }) {
    const client = new DistantClient();
    const cable = `cable${++count}`;
    client.near = `10.66.${count}.1`;
    client.far = `10.66.${count}.2`;
    // It waits for its network.
    client.child = spawn('unshare', ['--net', 'sh', '-c', 'read go && exec "$@"', 'sh',
      process.execPath, CLIENT, address(client.near), answers ? 'answers' : 'ignores'],
    { stdio: ['pipe', 'pipe', 'inherit'] });
    client.child.stdout.setEncoding('utf8').on('data', text => {
      client.received.push(...text.split('\n').filter(Boolean));
    });
    await client.#connect(cable);
    client.child.stdin.write('go\n');
    return client;
  }

  async #connect(cable) {
    const { pid } = this.child;
    const own = run('readlink', '/proc/self/ns/net');
    await until('the other network', () => run('readlink', `/proc/${pid}/ns/net`) !== own);
    run('ip', 'link', 'add', cable, 'type', 'veth', 'peer', 'name', 'far', 'netns', String(pid));
    run('ip', 'address', 'add', `${this.near}/24`, 'dev', cable);
    run('ip', 'link', 'set', cable, 'up');
    this.#there('ip', 'address', 'add', `${this.far}/24`, 'dev', 'far');
    this.#there('ip', 'link', 'set', 'far', 'up');
    // As behind a router: that this one is there says nothing about those who are behind it.
    const [, hardware] = /ether (\S+)/.exec(this.#there('ip', 'link', 'show', 'far'));
    run('ip', 'neighbour', 'replace', this.far, 'lladdr', hardware, 'dev', cable,
      'nud', 'permanent');
  }

  #there(...words) {
    return run('nsenter', '--target', String(this.child.pid), '--net', ...words);
  }

  /* From now on nothing that is sent to it reaches it, and nobody says so. */
  cut() {
    this.#there('ip', 'address', 'flush', 'dev', 'far');
  }

  heard(event, limit = 20_000) {
    return until(event, () => this.received.includes(event), limit);
  }

  end() {
    this.child.kill('SIGKILL');
  }
}
