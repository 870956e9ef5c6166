/* coturn – a real TURN server on loopback, and what it thinks of credentials. */

import { execFile, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { rmSync } from 'node:fs';
import net from 'node:net';

import { freePort } from './ports.mjs';
import { makeFolder } from './service.mjs';
import { until } from './waiting.mjs';

const running = new Set();
process.on('exit', () => {
  for (const child of running)
    child.kill('SIGKILL');
});

export class Coturn {
  log = '';

  /* It knows this secret, and relays between addresses of this machine only. */
  static async start(secret) {
    const coturn = new Coturn();
    const folder = makeFolder();
    coturn.folder = folder;
    coturn.port = await freePort();
    coturn.url = `turn:127.0.0.1:${coturn.port}?transport=udp`;
    const child = spawn('turnserver', ['-n', '-v', '--listening-ip=127.0.0.1',
      '--relay-ip=127.0.0.1', `--listening-port=${coturn.port}`, '--use-auth-secret',
      `--static-auth-secret=${secret}`, '--realm=beckon.test', '--allow-loopback-peers', '--no-tls',
      '--no-dtls', '--no-cli', '--no-stdout-log', '--log-file=stdout', '--simple-log',
      `--pidfile=${folder}/pid`, `--db=${folder}/db`],
    { stdio: ['ignore', 'pipe', 'pipe'] });
    coturn.child = child;
    running.add(child);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', text => { coturn.log += text; });
    coturn.exited = new Promise(resolve => child.on('close', resolve));
    child.on('exit', () => running.delete(child));
    await until('coturn to listen', () => {
      if (child.exitCode !== null)
        throw new Error(`coturn ended with ${child.exitCode}: ${coturn.log}`);
      return accepts(coturn.port);
    }, 20_000);
    return coturn;
  }

  /* Asks for two relays, and sends a packet from one to the other. → did that work? */
  relays({ username, credential }) {
    return new Promise(resolve => {
      execFile('turnutils_uclient', ['-y', '-c', '-n', '1', '-m', '1', '-p', String(this.port),
        '-u', username, '-w', credential, '127.0.0.1'], { timeout: 60_000 },
      (error, out) => resolve(!error && /tot_recv_msgs=2\b/.test(out)));
    });
  }

  /* Did it answer 401 to somebody of this name? */
  refused({ username }) {
    return this.log.includes(`user <${username}>: incoming packet message processed, error 401`);
  }

  async stop() {
    this.child.kill('SIGTERM');
    await this.exited;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function accepts(port) {
  return new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
    socket.on('error', () => resolve(false));
  });
}

/* As coturn computes them. */
export function credentials(secret, username) {
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') };
}
