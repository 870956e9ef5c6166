/* completion – bash completes what beckonctl knows: commands, switches, and who is where. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import { PROGRAMS } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';

const { service, rule } = await suite();

const SCRIPT = `
source <("$1" completion) && shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_beckonctl && printf '%s\\n' "\${COMPREPLY[@]}"`;

/* What a real bash offers for the last of these words. */
async function offered(...words) {
  const { stdout, stderr } = await promisify(execFile)('bash',
    ['--norc', '-uc', SCRIPT, 'bash', path.join(PROGRAMS, 'beckonctl'),
      path.join(PROGRAMS, 'beckonctl'), ...words]);
  assert.equal(stderr, '');
  return stdout.split('\n').filter(Boolean);
}

rule('commands-are-completed-and-all-of-them', async () => {
  const { commands } = JSON.parse(await service.ctl('help', '--json'));
  const all = await offered('');
  for (const name of Object.keys(commands))
    assert.ok(all.includes(name), `${name} in ${all}`);
  assert.deepEqual(await offered('che'), Object.keys(commands).filter(name => name.startsWith('che')));
});

rule('switches-and-their-values-are-completed', async () => {
  assert.ok((await offered('rooms', '')).includes('--json'));
  assert.deepEqual(await offered('drain', '--n'), ['--no-wait']);
  assert.deepEqual(await offered('token', '--role', ''), ['host', 'participant']);
});

rule('rooms-and-people-are-those-of-the-running-broker', async room => {
  await service.join({ room, sub: 'ann $(id)' });
  await service.join({ room, sub: '*`id`' });
  assert.deepEqual(await offered('-c', service.config, 'check-token', '--room', 'zoom/r'),
    [`zoom/${room}`]);
  const people = await offered('-c', service.config, 'token', '--sub', '');
  assert.deepEqual(people, ['\\*\\`id\\`'], 'quoted, and nothing of it is run');
});

rule('without-a-broker-nothing-is-said', async () => {
  assert.deepEqual(await offered('-c', '/nowhere', 'check-token', '--room', ''), []);
});
