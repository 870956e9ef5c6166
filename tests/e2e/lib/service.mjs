/* service – the whole chain as an operator starts it: `gateway-conf/beckon` in a folder of its own.
 *
 * It waits for the launcher's own word that all is up, stops what it started by its pid, and makes
 * sure that nothing of it stays behind. */

import { execFile, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Client } from './client.mjs';
import { get } from './http.mjs';
import { freePort } from './ports.mjs';
import * as processes from './processes.mjs';
import { SLOWER, until, within } from './waiting.mjs';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const LAUNCHER = process.env.BECKON_LAUNCHER ?? path.join(ROOT, 'gateway-conf/beckon');
const BUILT = path.join(ROOT, 'build/release');
export const PROGRAMS = path.resolve(process.env.BECKON_PROGRAMS ?? BUILT);
/* Of those that are for tests alone; they are not where the others were installed. */
export const TEST_PROGRAMS = path.resolve(process.env.BECKON_TEST_PROGRAMS ?? PROGRAMS);

// A program under a sanitizer maps more memory than any limit has.
const UNLIMITED = process.env.BECKON_SANITIZED ? { WEBSOCKETD_MEMORY: '0' } : {};
const { TSAN_OPTIONS } = process.env;

const START_LIMIT = 20_000;
const STOP_LIMIT = 10_000;
const LOG_TAIL = 6_000; // characters of each log shown when a test fails

/* A launcher is in a session of its own, so that a Ctrl-C for the tests does not reach it. */
const launchers = new Set();
process.on('exit', () => {
  for (const child of launchers)
    child.kill('SIGTERM');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(signal, () => process.exit(1));

/* Short, as paths of sockets are; and open, as a launcher started by root goes on as another user. */
export function makeFolder() {
  const folder = mkdtempSync('/tmp/bk.');
  chmodSync(folder, 0o755);
  return folder;
}

/* A run of the launcher that need not succeed: {child, output, exited}. */
export function launch({ state, port, env = {}, launcher = LAUNCHER }) {
  const child = spawn(launcher, [], {
    cwd: '/',
    detached: true, // a session of its own: whatever it starts can be found by it
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8',
      STATE: state, PORT: String(port), PROGRAMS, ...UNLIMITED,
      ...(TSAN_OPTIONS && { TSAN_OPTIONS }), ...env,
    },
  });
  launchers.add(child);
  child.on('exit', () => launchers.delete(child));
  const run = { child, output: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', text => { run.output += text; });
  run.exited = new Promise(resolve => {
    child.on('error', error => resolve({ error }));
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  return run;
}

export class Service {
  clients = [];
  #ended = null;

  /* prepare(state) is called before anything is in the state folder. */
  static async start(env = {}, prepare = () => {}) {
    const service = new Service();
    service.folder = makeFolder();
    service.state = path.join(service.folder, 's');
    service.port = await freePort();
    service.origin = env.TLS_PORT
      ? `https://localhost:${env.TLS_PORT}` : `http://127.0.0.1:${service.port}`;
    service.config = path.join(service.state, 'conf/beckon.conf');
    service.env = env;
    prepare(service.state);
    try {
      await service.begin();
    } catch (error) {
      const output = service.logs();
      await service.stop().catch(() => {});
      throw new Error(`${error.message}\n${output}`);
    }
    return service;
  }

  /* Launches it, in the folder and on the port that it has. */
  begin() {
    this.#ended = null;
    const run = launch({ state: this.state, port: this.port, env: this.env });
    this.run = run;
    run.exited.then(how => { this.#ended = how; });
    return this.#ready();
  }

  /* Ends it, with the clients it has, and leaves the folder for another begin. */
  async end(limit = 60_000) {
    process.kill(this.run.child.pid, 'SIGTERM');
    const { code } = await within(limit, 'the launcher ends', this.run.exited);
    if (code !== 0)
      throw new Error(`the launcher ended with ${code}`);
  }

  #ready() {
    return until('the launcher to say ready', () => {
      if (this.#ended)
        throw new Error(`the launcher ended: ${JSON.stringify(this.#ended)}`);
      return this.run.output.split('\n').some(line => line === `ready ${this.origin}/`
        || (line.includes('"event":"ready"') && JSON.parse(line).message === `${this.origin}/`));
    }, START_LIMIT);
  }

  /* Ends it as Ctrl-C or systemd would. Whatever is then left is an error, and ended too. */
  async stop(signal = 'SIGTERM') {
    await Promise.all(this.clients.map(client => client.close()));
    const family = processes.family(this.run.child.pid);
    if (!this.#ended && this.run.child.pid)
      this.run.child.kill(signal); // which may have ended, and that not be told yet
    const how = await within(STOP_LIMIT, 'the launcher ends', this.run.exited).catch(error => {
      process.kill(this.run.child.pid, 'SIGKILL');
      return { error };
    });
    const complaints = this.#complaints();
    const stayed = await this.#stayed([...family, ...processes.family(this.run.child.pid)]);
    for (const { pid } of stayed)
      process.kill(pid, 'SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
    if (how.error)
      throw how.error;
    if (complaints)
      throw new Error(`a sanitizer complains:\n${complaints}`);
    if (stayed.length)
      throw new Error(`still running after the launcher: ${stayed.map(p => p.name).join(' ')}`);
    return how;
  }

  /* What sanitizers wrote; a program that ends at once afterwards is easily taken for a good one. */
  #complaints() {
    if (!this.#stateExists())
      return '';
    const text = this.files().filter(file => file.endsWith('.log'))
      .map(file => readFileSync(file, 'utf8')).join('\n');
    const found = text.search(/(Address|Leak|Thread)Sanitizer|\.[ch]:\d+:\d+: runtime error:/);
    return found < 0 ? '' : text.slice(found, found + LOG_TAIL);
  }

  async #stayed(family) {
    const alive = () => family.filter(processes.isAlive);
    await until('the children to end', () => alive().length === 0, 1000).catch(() => {});
    return alive();
  }

  /* Processes of this run by the program's name, e.g. 'beckon-handler'. */
  running(name) {
    return processes.family(this.run.child.pid)
      .filter(({ pid, state }) => state !== 'Z' && processes.program(pid) === name)
      .map(({ pid }) => pid);
  }

  /* A client that has its first room_state, and the pid of its handler. */
  async joinWithHandler(options) {
    const before = new Set(this.running('beckon-handler'));
    const client = await this.join(options);
    const fresh = this.running('beckon-handler').filter(pid => !before.has(pid));
    if (fresh.length !== 1)
      throw new Error(`${fresh.length} new handlers for one connection`);
    return { client, pid: fresh[0] };
  }

  /* beckonctl, with the running service's configuration. */
  async ctl(...words) {
    const { stdout } = await promisify(execFile)(path.join(PROGRAMS, 'beckonctl'),
      ['-c', this.config, ...words], { timeout: 10_000 * SLOWER });
    return stdout.trim();
  }

  /* A good token by the operator's own tool. */
  token({ sub, ...claims }) {
    const words = Object.entries(claims).flatMap(([name, value]) => [`--${name}`, String(value)]);
    return this.ctl('token', '--sub', sub, ...words);
  }

  /* The generated signing secret and its kid. */
  get key() {
    const folder = path.join(this.state, 'keys');
    const file = readdirSync(folder).find(name => name.endsWith('.HS256.secret'));
    const bytes = readFileSync(path.join(folder, file));
    return {
      kid: file.split('.')[0],
      file: path.join(folder, file),
      secret: bytes.at(-1) === 10 ? bytes.subarray(0, -1) : bytes,
    };
  }

  address({ endpoint = 'zoom', room, token, query = '' }) {
    const origin = this.origin.replace('http', 'ws');
    return `${origin}/ws/${endpoint}/${room}?token=${token}${query}`;
  }

  /* Starts connecting and returns at once. */
  async connect({ endpoint, room, sub, query, reconnect, headers, ca, token, ...claims }) {
    token ??= await this.token({ sub, ...claims });
    const client = new Client(this.address({ endpoint, room, token, query }),
      { reconnect, headers, ca });
    client.token = token;
    this.clients.push(client);
    return client;
  }

  /* Connects and waits for the first room_state, which must be the first message of all. */
  async join(options) {
    const client = await this.connect(options);
    client.first = await client.joined();
    if (client.received[0].event !== 'room_state')
      throw new Error(`the first message was ${client.received[0].text}`);
    return client;
  }

  /* Several into one room, one after the other: host first. */
  async people(room, ...subs) {
    const clients = [];
    for (const sub of subs)
      clients.push(await this.join({ room, sub }));
    return clients;
  }

  get(path, options) {
    return get(this.origin, path, options);
  }

  files(folder = this.state) {
    return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory())
        return this.files(file);
      return entry.isFile() ? [file] : [];
    });
  }

  /* What all programs had to say, for a failed test. */
  logs() {
    const tail = text => text.length > LOG_TAIL ? `…${text.slice(-LOG_TAIL)}` : text;
    const logs = this.#stateExists() ? this.files().filter(file => file.endsWith('.log')) : [];
    return [
      `--- launcher\n${tail(this.run.output)}`,
      ...logs.map(file => `--- ${file}\n${tail(readFileSync(file, 'utf8'))}`),
    ].join('\n');
  }

  #stateExists() {
    return statSync(this.state, { throwIfNoEntry: false })?.isDirectory() ?? false;
  }
}
