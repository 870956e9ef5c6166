/* objects – LOG_FORMAT=json: every line of every program is one object, whatever clients do.
 *
 * Machines read these logs, and one line that is no JSON, or two in one, is where a log collector stops
 * or where somebody hides. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { get } from './lib/http.mjs';
import { connectRaw } from './lib/raw.mjs';
import { LAUNCHER, makeFolder, PROGRAMS, Service } from './lib/service.mjs';
import { SLOWER, until } from './lib/waiting.mjs';
import { damage, forge } from './lib/tokens.mjs';

const SAID = 'the-words-that-somebody-said';
const ODD = 'a"b\\c\u202e {"time":"x"}';
const FACTS = ['time', 'level', 'program', 'pid', 'connection', 'event'];

/* Lines of bytes that are UTF-8: JSON is nothing else. → objects */
function parsed(file, bytes) {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  assert.ok(text === '' || text.endsWith('\n'), `${file} ends in half a line`);
  return text.split('\n').slice(0, -1).map(line => {
    assert.ok(Buffer.byteLength(line) < 4096, `${file}: ${line.length} bytes`);
    let object;
    try {
      object = JSON.parse(line);
    } catch (error) {
      throw new Error(`${file}: ${error.message}: ${line}`);
    }
    for (const fact of FACTS)
      assert.ok(fact in object, `${file}: no ${fact}: ${line}`);
    assert.match(object.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?(Z|[+-]\d\d:\d\d)$/);
    assert.ok(object.pid === null || Number.isInteger(object.pid), line);
    return object;
  });
}

/* All that clients can think of: → tokens that must be in no line. */
async function attack(service, room) {
  const { secret } = service.key;
  const tokens = [forge({ secret: 'wrong', claims: { sub: 'eve-with-a-long-name' } }),
    damage(forge({ secret, claims: { sub: ODD } })),
    forge({ secret, claims: { sub: ODD, room: 'elsewhere' } }),
    forge({ secret, header: { kid: ODD }, claims: { sub: 'kid' } }),
    forge({ secret, header: { alg: ODD }, claims: { sub: 'alg' } })];
  for (const token of tokens)
    for (const at of [`/ws/zoom/${room}`, `/ws/nope/${ODD.replaceAll(/[^ -~]| /g, '')}`, '/validate/zoom/r',
      '/turn', '/x"y\\z', `/${'"'.repeat(5000)}`])
      await service.get(`${at}?token=${token}`, { upgrade: at.startsWith('/ws'),
        headers: { Origin: 'http://"{evil}\\' } });
  for (const bytes of ['GET /\xff\xfe"\\ HTTP/1.1\r\nHost: x\r\n\r\n', '\x16\x03\x01{"time":"\r\n\r\n',
    'GET /ws/zoom/%ff%00?token=abc HTTP/1.1\r\nHost: x\r\n\r\n', 'GET /x\r\n\r\n', '"\\\r\n\r\n',
    'GET /\x1b[31m HTTP/1.1\r\nHost: a"b\\\xc3\r\n\r\n', `GET /${'\xe4'.repeat(9000)} HTTP/1.0\r\n\r\n`])
    await answered(service, Buffer.from(bytes, 'latin1'));
  return tokens;
}

async function answered(service, bytes) {
  const socket = connectRaw(service.port);
  await socket.write(bytes);
  await socket.until(text => text !== '');
  socket.destroy();
}

async function talk(service, room) {
  const { secret } = service.key;
  const ann = await service.join({ room, sub: 'ann' });
  const odd = await service.join({ room, token: forge({ secret, claims: { sub: ODD, name: ODD } }) });
  ann.send('add_chat', { chatContent: SAID });
  ann.raw(`{"event":"${SAID}","payload":{}}`);
  ann.raw(`${SAID} "\\ \xff`);
  await odd.next('add_chat');
  await ann.ask('kick', { clientId: ODD, reason: SAID });
  await odd.next('bye');
  await ann.settle();
  return [ann.token, odd.token];
}

test('every-line-of-a-session-and-of-attacks-is-one-object', { timeout: 120_000 * SLOWER }, async () => {
  const service = await Service.start({ LOG_FORMAT: 'json', LOG_LEVEL: 'debug', DRAIN_SECONDS: '1' });
  let files;
  try {
    const room = 'r1';
    const tokens = [...await attack(service, room), ...await talk(service, room)];
    process.kill(service.run.child.pid, 'SIGHUP');
    for (const name of ['beckon-broker', 'websocketd', 'nginx']) // the launcher says so
      process.kill(service.running(name)[0], 'SIGKILL');
    await until('the launcher to start them again', async () => /websocketd\d ended/.test(service.run.output)
      && /nginx ended/.test(service.run.output)
      && (await service.get(`/ws/zoom/${room}`).catch(() => ({}))).status === 401, 20_000);
    await talk(service, 'r2');
    await Promise.all(service.clients.splice(0).map(client => client.close()));
    await service.end();
    files = service.files().filter(file => file.endsWith('.log'))
      .map(file => [path.basename(file), readFileSync(file)]);
    look([...files, ['launcher', Buffer.from(service.run.output)]], tokens);
  } finally {
    await service.stop();
  }
});

function look(files, tokens) {
  const seen = new Map(files.map(([name, bytes]) => [name, parsed(name, bytes)]));
  const events = [...seen.values()].flat();
  for (const program of ['beckon', 'beckon-broker', 'beckon-authorizer', 'handler', 'nginx'])
    assert.ok(events.some(one => one.program === program), `nothing of ${program}`);
  for (const event of ['ready', 'refused', 'opened', 'closed', 'request', 'joined'])
    assert.ok(events.some(one => one.event === event), `no ${event}`);
  const upgrades = events.filter(({ status }) => status === 101).map(({ connection }) => connection);
  assert.ok(events.some(({ event, connection, endpoint }) =>
    event === 'opened' && endpoint === 'zoom' && upgrades.includes(connection)), 'one id in all');
  assert.ok(events.some(({ sub }) => sub === ODD), 'the odd one was told as it is');
  assert.equal(typeof events.find(({ event }) => event === 'closed').ms, 'number');
  for (const [name, bytes] of files) {
    for (const part of tokens.flatMap(token => token.split('.').slice(1)))
      assert.ok(!bytes.includes(part), `a token in ${name}`);
    assert.ok(!bytes.includes(SAID), `message text in ${name}`);
  }
}

/* As systemd starts it: there the journal has the lines. */
test('a-part-that-is-started-alone-writes-objects-as-well', { timeout: 60_000 * SLOWER }, async () => {
  const folder = makeFolder();
  const number = 2 + process.pid % 63; // its port goes by that, and others may test as well
  const child = spawn(LAUNCHER, ['-x', `websocketd${number}`], { stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PROGRAMS, STATE: path.join(folder, 's'),
      LOG_FORMAT: 'json', WEBSOCKETD_MEMORY: '0' } });
  const out = { 1: [], 2: [] };
  child.stdout.on('data', data => out[1].push(data));
  child.stderr.on('data', data => out[2].push(data));
  const over = once(child, 'close');
  try {
    const upgrade = () => get(`http://127.0.0.1:${19800 + number}`, '/ws/zoom/r1',
      { upgrade: true }).catch(() => ({}));
    await until('websocketd', async () => (await upgrade()).status === 101, 20_000);
    await until('its line', () => /"refused"/.test(Buffer.concat([...out[1], ...out[2]])), 20_000);
  } finally {
    child.kill();
    await over;
    rmSync(folder, { recursive: true });
  }
  const lines = [1, 2].flatMap(fd => parsed(`descriptor ${fd}`, Buffer.concat(out[fd])));
  assert.ok(lines.some(({ program, event }) => program === 'handler' && event === 'refused'));
});
