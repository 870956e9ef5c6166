/* container – the launcher as the first process of a container: what has lost its parent is its own,
 * and a signal to it is the only way to stop it. */

import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { freePort } from './lib/ports.mjs';
import * as processes from './lib/processes.mjs';
import { LAUNCHER, launch, makeFolder, PROGRAMS, ROOT, Service } from './lib/service.mjs';
import { SLOWER, until, within } from './lib/waiting.mjs';

const skip = process.getuid() !== 0 && 'only root may make namespaces';

const folder = makeFolder();
after(() => rmSync(folder, { recursive: true, force: true }));

/* A container may say as whom its first process runs. */
const USERS = { root: 0, nobody: 65534 };

/* A container has files of its own: there the tree is where every user can follow the path to it. */
const tree = path.join(folder, 'tree');
mkdirSync(tree);
const inside = file => file.startsWith(ROOT) ? path.join(tree, path.relative(ROOT, file)) : file;

/* What a container's runtime does: a PID namespace, with the launcher as number 1. One that is
 * careful does not let root send signals to everybody. */
function wrapper(user) {
  const file = path.join(folder, user);
  writeFileSync(file, `#!/bin/sh
[ $$ = 1 ] || exec unshare --pid --fork --kill-child --mount-proc -- "$0"
mount --bind '${ROOT}' '${tree}'
exec setpriv --reuid ${USERS[user]} --regid ${USERS[user]} --clear-groups \\
  --bounding-set -kill -- '${inside(LAUNCHER)}'
`);
  chmodSync(file, 0o755);
  return file;
}

/* A service by the clients' side of it, begun by another launcher. */
async function start(user, env) {
  const service = new Service();
  service.folder = makeFolder();
  chownSync(service.folder, USERS[user], USERS[user]);
  service.state = path.join(service.folder, 's');
  service.port = await freePort();
  service.origin = `http://127.0.0.1:${service.port}`;
  service.config = path.join(service.state, 'conf/beckon.conf');
  service.run = launch({ launcher: wrapper(user), state: service.state, port: service.port,
    env: { PROGRAMS: inside(PROGRAMS), ...env } });
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

async function assertEnds(service) {
  const { code } = await within(30_000, 'it ends', service.run.exited);
  assert.equal(code, 0, service.run.output);
}

test('it-reaps-what-has-lost-its-parent-and-drains-at-TERM',
  { skip, timeout: 90_000 * SLOWER }, async () => {
    const service = await start('root', { DRAIN_SECONDS: '1', WEBSOCKETD_INSTANCES: '1' });
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
      process.kill(first(service), 'SIGTERM');
      assert.equal((await bob.next('bye')).payload.reason, 'draining');
      await bob.close();
      await assertEnds(service);
    } finally {
      await Promise.all(service.clients.map(client => client.close()));
      end(service);
    }
  });

for (const user of Object.keys(USERS)) {
  test(`what-${user}-s-first-process-is-told-the-service-is-told`,
    { skip, timeout: 60_000 * SLOWER }, async () => {
      const service = await start(user);
      try {
        await ready(service);
        process.kill(first(service), 'SIGHUP');
        await until('it to read again', () => service.run.output.includes('\nbeckon: reading keys'));
        process.kill(first(service), 'SIGINT');
        await assertEnds(service);
        assert.match(service.run.output, /\nbeckon: stopping\n/);
      } finally {
        end(service);
      }
    });

  /* It becomes another user right after its first words, and is long in starting after the third. */
  test(`a-TERM-while-${user}-s-first-process-starts-is-not-lost`,
    { skip, timeout: 120_000 * SLOWER }, async () => {
      for (const [words, later] of [...Array.from({ length: 10 }, (_, ms) => [1, ms]), [3, 0], [5, 0]]) {
        const service = await start(user);
        try {
          await until('its words', () => service.run.output.split('\n').length > words, 20_000);
          await new Promise(resolve => setTimeout(resolve, later));
          process.kill(first(service), 'SIGTERM');
          await assertEnds(service);
        } finally {
          end(service);
        }
      }
    });
}
