/* admin-readme – the API's examples in the README, word for word.
 *
 * People copy them. So they are run as they stand, but for the address. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { AUDIENCE } from './lib/admin.mjs';
import { knock } from './lib/asking.mjs';
import { PROGRAMS } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';
import { SLOWER } from './lib/waiting.mjs';

const { service, rule } = await suite({ ADMIN_AUDIENCE: AUDIENCE });
const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const [, examples] = README.match(/```sh\n(TOKEN=.*?)```/s);

rule('the-examples-do-what-they-say', async () => {
  const [ann, bob] = await service.people('standup', 'ann', 'bob');
  const script = `set -eu
    beckonctl() { ${path.join(PROGRAMS, 'beckonctl')} -c ${service.config} "$@"; }
    ${examples.replaceAll('http://localhost:8080', service.origin)}`;
  assert.equal(script.match(/^api /gm).length, 8);
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script],
    { timeout: 30_000 * SLOWER });
  assert.equal(stderr, '');
  const [rooms, room, bans] = stdout.trim().split('\n').map(line => JSON.parse(line));
  assert.deepEqual(rooms.rooms.map(({ roomId }) => roomId), ['standup']);
  assert.deepEqual(room.members.map(({ clientId }) => clientId), ['ann', 'bob']);
  assert.deepEqual(bans.bans.map(({ clientId }) => clientId), ['bob']);
  for (const person of [ann, bob])
    await person.next('announcement', ({ message }) => message === 'We close in five minutes.');
  await bob.next('bye', ({ code, message }) => code === 4001 && message === 'Be nice.');
  await ann.next('bye', ({ code }) => code === 4004);
  assert.equal(await knock(service, { room: 'standup', sub: 'bob' }), '101', 'the ban was lifted');
});
