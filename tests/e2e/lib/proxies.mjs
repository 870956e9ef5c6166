/* proxies – nginx, HAProxy and Caddy in front of the service, as the README has them.
 *
 * Of its snippets ports, name and certificate are other ones here, and nothing else. */

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { makeCertificate } from './certificate.mjs';
import { freePort } from './ports.mjs';
import { until, within } from './waiting.mjs';

const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/* What stands around a snippet, and the command that runs it in the foreground. */
const KINDS = {
  nginx: {
    around: (snippet, folder) => `daemon off; worker_processes 1; pid ${folder}/pid;
      error_log stderr; events { }
      http { ${TEMPORARY.map(name => `${name}_temp_path ${folder}/${name};`).join(' ')} ${snippet} }`,
    command: (file, folder) => ['nginx', '-e', 'stderr', '-p', folder, '-c', file],
    version: ['nginx', '-v'],
  },
  haproxy: {
    around: snippet => snippet,
    command: file => ['haproxy', '-db', '-f', file],
    version: ['haproxy', '-v'],
  },
  caddy: {
    around: snippet => snippet.replace('{', '{\n\tadmin off\n\tauto_https disable_redirects'),
    command: file => ['caddy', 'run', '--adapter', 'caddyfile', '--config', file],
    version: ['caddy', 'version'],
  },
};

export const kinds = Object.keys(KINDS);

/* Why it cannot be run here; false where it can. */
export function missing(kind) {
  const [name, ...words] = KINDS[kind].version;
  return spawnSync(name, words).status !== 0 && `${kind} is not installed`;
}

function snippet(kind) {
  const found = README.match(new RegExp(`^\`\`\`${kind}\\n(.*?)^\`\`\`$`, 'ms'));
  if (!found)
    throw new Error(`the README has no snippet for ${kind}`);
  return found[1];
}

function connects(port) {
  return new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => resolve(false));
    socket.on('connect', () => resolve(socket.destroy() && true));
  });
}

export class Proxy {
  /* In a folder of its own below this one. `change` may change the snippet. */
  static async start(kind, { folder, behind, change = text => text }) {
    const proxy = new Proxy();
    proxy.port = await freePort();
    proxy.folder = path.join(folder, `${kind}${proxy.port}`);
    mkdirSync(proxy.folder);
    const text = change(snippet(kind).replaceAll('127.0.0.1:8080', `127.0.0.1:${behind}`));
    const file = path.join(proxy.folder, 'conf');
    writeFileSync(file, KINDS[kind].around(proxy.#here(text), proxy.folder));
    proxy.#run(KINDS[kind].command(file, proxy.folder));
    await until(`${kind} to listen`, () => {
      if (proxy.ended)
        throw new Error(`${kind} ended: ${proxy.output}`);
      return connects(proxy.port);
    }, 20_000);
    return proxy;
  }

  /* The snippet is about calls.example, port 443. */
  #here(text) {
    const { certificate, key } = makeCertificate(this.folder, 'calls');
    const both = path.join(this.folder, 'both.pem');
    this.ca = readFileSync(certificate);
    writeFileSync(both, `${this.ca}${readFileSync(key)}`);
    return text.replaceAll('/var/log/nginx/', `${this.folder}/`).replace(/\/etc\/\S*calls\.pem/g, both)
      .replace(/\/etc\/\S*calls\.key/g, key)
      .replace(/^(\s*(?:listen|bind) .*?)443/gm, `$1${this.port}`)
      .replace(/^calls\.example {$/m, `https://localhost:${this.port} {\n\ttls ${certificate} ${key}`)
      .replaceAll('calls.example', 'localhost');
  }

  #run([name, ...words]) {
    this.output = '';
    this.child = spawn(name, words, { stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: this.folder } });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.setEncoding('utf8').on('data', more => { this.output += more; });
    this.exited = new Promise(resolve => {
      this.child.on('error', resolve);
      this.child.on('close', resolve);
    }).then(() => { this.ended = true; });
  }

  get origin() {
    return `https://localhost:${this.port}`;
  }

  async stop() {
    this.child.kill('SIGTERM');
    await within(20_000, 'the proxy ends', this.exited).catch(error => {
      this.child.kill('SIGKILL');
      throw error;
    });
  }
}
