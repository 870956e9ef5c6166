/* launcher – starting, being in the way, and stopping without leaving anything behind. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { readFileSync, rmSync, statSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { get } from './lib/http.mjs';
import { freePort } from './lib/ports.mjs';
import * as processes from './lib/processes.mjs';
import { launch, makeFolder, Service } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';
import { until, within } from './lib/waiting.mjs';

const { service, rule } = await suite();
const folder = makeFolder();
after(() => rmSync(folder, { recursive: true, force: true }));

async function fails(options) {
  const run = launch(options);
  const how = await within(15_000, 'the launcher gives up', run.exited);
  assert.ok(how.code > 0, `exit status ${how.code}`);
  assert.ok(!run.output.includes('\nready '), run.output);
  return run.output;
}

rule('ready-is-said-once-and-only-when-all-is-up', async room => {
  const lines = service.run.output.split('\n').filter(line => line.startsWith('ready '));
  assert.deepEqual(lines, [`ready ${service.origin}/`]);
  await service.people(room, 'ann');
});

/* What gateway-conf/limits works out; the units of systemd have the same. */
rule('a-program-may-have-what-the-configuration-comes-to', async () => {
  const limit = (program, name) => {
    const text = readFileSync(`/proc/${service.running(program)[0]}/limits`, 'utf8');
    return Number(new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(text)?.[1] ?? Infinity);
  };
  const connections = Number(/^MAX_CONNECTIONS=(\d+)/m.exec(readFileSync(service.config, 'utf8'))[1]);
  const files = limit('beckon-broker', 'Max open files');
  assert.ok(files <= 4 * connections + 1024 && files >= 3 * connections, `${files} files`);
  assert.equal(limit('beckon-authorizer', 'Max open files'), 1024);
  assert.equal(limit('beckon-broker', 'Max data size'),
    process.env.BECKON_SANITIZED ? Infinity : (256 + connections) * 2 ** 20);
});

rule('the-two-links-it-prints-lead-into-one-room', async () => {
  const links = service.run.output.match(/http:\S+#\S+/g) ?? [];
  const params = links.map(link => new URLSearchParams(new URL(link).hash.slice(1)));
  assert.equal(params.length, 2);
  assert.equal(params[0].get('room'), params[1].get('room'));
  const clients = [];
  for (const link of params)
    clients.push(await service.join({ room: link.get('room'), token: link.get('token') }));
  assert.notEqual(clients[0].clientId, clients[1].clientId);
  assert.equal(clients[1].first.participantCount, 2);
});

rule('the-signing-secret-is-long-and-nobody-else-s', async () => {
  const { file, secret } = service.key;
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(secret.length >= 32);
  assert.equal(statSync(service.state).mode & 0o002, 0, 'nobody else writes to the state folder');
  assert.equal(statSync(path.join(service.state, 'run')).mode & 0o007, 0, 'or reaches a socket');
});

rule('started-twice-it-says-that-it-is-running-already', async room => {
  const output = await fails({ state: service.state, port: await freePort() });
  assert.match(output, /in use/);
  assert.ok(output.includes(service.state));
  await service.people(room, 'ann'); // and the first is not disturbed
});

rule('on-a-taken-port-it-says-who-has-it', async () => {
  const output = await fails({ state: path.join(folder, 'a'), port: service.port });
  assert.match(output, new RegExp(`port ${service.port} is taken by nginx, pid \\d+`));

  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const other = await fails({ state: path.join(folder, 'b'), port: server.address().port });
  server.close();
  assert.match(other, new RegExp(`is taken by .*pid ${process.pid}\\b`));
});

/* A port that is bound but not listened on is seen only by nginx, when all the rest is running. */
rule('a-start-that-fails-half-way-takes-back-what-was-started', async () => {
  const taken = net.connect(new URL(service.origin).port, '127.0.0.1');
  await new Promise(resolve => taken.once('connect', resolve));
  const output = await fails({ state: path.join(folder, 'half'), port: taken.localPort });
  taken.destroy();
  assert.match(output, /nginx did not start/);
  assert.doesNotMatch(output, /does not stop/);
});

rule('a-bad-configuration-is-an-error-that-names-the-key', async () => {
  const state = path.join(folder, 'c');
  const rows = { JWT_LEEWAY: 'soon', LOG_LEVEL: 'loud', ALLOWED_ORIGINS: 'https://*.example.com' };
  for (const [key, value] of Object.entries(rows)) {
    const output = await fails({ state, port: await freePort(), env: { [key]: value } });
    assert.ok(output.includes(key), output);
  }
  assert.match(await fails({ state, port: 'http' }), /PORT/);
});

rule('a-folder-with-other-things-in-it-is-not-taken', async () => {
  const output = await fails({ state: '/usr', port: await freePort() });
  assert.match(output, /\/usr/);
});

rule('a-program-that-dies-is-started-again', async room => {
  for (const name of ['beckon-authorizer', 'websocketd', 'nginx']) {
    const pids = service.running(name);
    const first = Math.min(...pids);
    const process_ = processes.look(first);
    process.kill(first, 'SIGKILL');
    await until(`${name} to be another`, () => !processes.isAlive(process_)
      && service.running(name).length > 0, 10_000);
    const token = await service.token({ sub: 'ann' });
    await until(`${name} to serve again`, async () => {
      const answer = await service.get(`/ws/zoom/${room}?token=${token}`, { upgrade: true })
        .catch(() => ({}));
      return answer.status === 101;
    }, 15_000);
  }
});

/* It takes a second to start websocketd again, in which the launcher has more to do than to wait. */
rule('a-program-that-dies-while-another-is-started-again-is-started-too', async room => {
  for (const names of [['websocketd', 'beckon-broker'], ['beckon-authorizer', 'websocketd']]) {
    const before = processes.family(service.run.child.pid);
    const fell = names.map(name => Math.min(...service.running(name)));
    process.kill(fell[0], 'SIGKILL');
    await new Promise(resolve => setTimeout(resolve, 500)); // it is in the middle of it, as a rule
    process.kill(fell[1], 'SIGKILL');
    await until(`${names} to be others`, () =>
      before.filter(({ pid }) => fell.includes(pid)).every(p => !processes.isAlive(p))
      && names.every(name => service.running(name).length > 0), 20_000);
    const token = await service.token({ sub: 'ann' });
    await until('all of them to serve again', async () => {
      const answer = await service.get(`/ws/zoom/${room}?token=${token}`, { upgrade: true })
        .catch(() => ({}));
      return answer.status === 101;
    }, 15_000);
  }
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal}-stops-everything-with-people-inside`, { timeout: 60_000 }, async () => {
    const own = await Service.start();
    const token = await own.token({ sub: 'ann' });
    const ann = await own.join({ room: 'r', token });
    const family = processes.family(own.run.child.pid);
    assert.ok(family.length >= 5, `${family.length} processes`);
    own.clients.length = 0; // they stay connected: closing them is the service's matter
    const how = await own.stop(signal); // fails where anything is left
    assert.equal(how.code, 0);
    await ann.closed();
    assert.deepEqual(family.filter(processes.isAlive), []);
    await assert.rejects(get(own.origin, '/'));
  });
}

test('a-killed-launcher-leaves-nothing-behind', { timeout: 60_000 }, async () => {
  const own = await Service.start();
  await own.join({ room: 'r', sub: 'ann' });
  const family = processes.family(own.run.child.pid);
  process.kill(own.run.child.pid, 'SIGKILL');
  await until('all programs to end', () => !family.some(processes.isAlive), 10_000);
  await own.stop();
});

test('the-secret-outlives-a-restart', { timeout: 60_000 }, async () => {
  const state = path.join(folder, 'd');
  const port = await freePort();
  const start = async () => {
    const run = launch({ state, port });
    await until('ready', () => run.output.includes('\nready '), 20_000);
    return run;
  };
  const stop = async run => {
    process.kill(run.child.pid, 'SIGTERM');
    await within(10_000, 'the launcher ends', run.exited);
  };
  const first = await start();
  const link = /http:\S+#\S+/.exec(first.output)[0];
  await stop(first);
  const second = await start();
  try {
    const params = new URLSearchParams(new URL(link).hash.slice(1));
    const answer = await get(`http://127.0.0.1:${port}`,
      `/ws/zoom/${params.get('room')}?token=${params.get('token')}`);
    assert.equal(answer.status, 426, 'a token of the first run');
  } finally {
    await stop(second);
  }
});
