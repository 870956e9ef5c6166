/* container – the launcher as the first process of a container: what has lost its parent is its own,
 * and a signal to it is the only way to stop it. */

import assert from 'node:assert/strict';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import * as processes from './lib/processes.mjs';
import { LAUNCHER, launch, makeFolder, freePort, Service } from './lib/service.mjs';
import { SLOWER, until, within } from './lib/waiting.mjs';

const skip = process.getuid() !== 0 && 'only root may make namespaces';

const folder = makeFolder();
after(() => rmSync(folder, { recursive: true, force: true }));

/* What a container's runtime does: a PID namespace, with the launcher as number 1. */
function wrapper() {
  const file = path.join(folder, 'container');
  writeFileSync(file, `#!/bin/sh
exec unshare --pid --fork --kill-child --mount-proc -- ${LAUNCHER}
`);
  chmodSync(file, 0o755);
  return file;
}

/* A service by the clients' side of it, begun by another launcher. */
async function start(env) {
  const service = new Service();
  service.folder = makeFolder();
  service.state = path.join(service.folder, 's');
  service.port = await freePort();
  service.origin = `http://127.0.0.1:${service.port}`;
  service.config = path.join(service.state, 'conf/beckon.conf');
  service.run = launch({ launcher: wrapper(), state: service.state, port: service.port, env });
  return service;
}

const first = service => processes.family(service.run.child.pid)
  .find(({ parent }) => parent === service.run.child.pid)?.pid;

/* With a namespace's first process everything in it ends. */
function end(service) {
  const pid = first(service);
  if (pid)
    process.kill(pid, 'SIGKILL');
  rmSync(service.folder, { recursive: true, force: true });
}

const ready = service => until('the launcher to say ready',
  () => service.run.output.includes(`\nready ${service.origin}/`), 20_000);

test('it-reaps-what-has-lost-its-parent-and-takes-signals',
  { skip, timeout: 90_000 * SLOWER }, async () => {
    const service = await start({ DRAIN_SECONDS: '1', WEBSOCKETD_INSTANCES: '1' });
    try {
      await ready(service);
      const { client } = await service.joinWithHandler({ room: 'r', sub: 'ann' });
      process.kill(service.running('websocketd')[0], 'SIGKILL'); // its handlers become orphans
      await client.closed();
      await until('another websocketd', () => service.running('websocketd').length === 1);
      await until('no zombies', () => processes.family(service.run.child.pid)
        .every(({ state }) => state !== 'Z'), 10_000);
      const bob = await until('a place', () => service.join({ room: 'r', sub: 'bob' })
        .catch(() => null), 20_000);
      process.kill(first(service), 'SIGHUP');
      await until('HUP to arrive',
        () => service.run.output.includes('reading keys and configuration again'));
      process.kill(first(service), 'SIGINT');
      assert.equal((await bob.next('bye')).payload.reason, 'draining');
      await bob.close();
      const { code } = await within(30_000, 'it ends', service.run.exited);
      assert.equal(code, 0, service.run.output);
    } finally {
      await Promise.all(service.clients.map(client => client.close()));
      end(service);
    }
  });

test('a-TERM-while-it-starts-is-not-lost', { skip, timeout: 60_000 * SLOWER }, async () => {
  const service = await start();
  try {
    await until('its first process', () => first(service)
      && processes.program(first(service)) === 'bash');
    await until('its folder', () => service.run.output.length > 0, 20_000);
    process.kill(first(service), 'SIGTERM');
    const { code } = await within(30_000, 'it ends', service.run.exited);
    assert.equal(code, 0, service.run.output);
  } finally {
    end(service);
  }
});
