/* readme – what the README names is there: chapters, files, keys, commands, tests, make targets; and
 * what it says about tokens is so.
 *
 * Its commands for newcomers are followed by packaging/follow-readme, its proxies by `behind`, its
 * calls of the API by `admin-readme`. */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { PROGRAMS } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';
import { forge } from './lib/tokens.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const README = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
const MAKEFILE = readFileSync(path.join(ROOT, 'Makefile'), 'utf8');

const { service, rule } = await suite();

const all = expression => [...new Set([...README.matchAll(expression)].map(found => found[1]))];
const run = (program, ...words) =>
  execFileSync(path.join(PROGRAMS, program), words, { encoding: 'utf8' });

/* Every one of these is, and there are at least so many: an expression that finds nothing is broken. */
function each(names, least, is) {
  assert.ok(names.length >= least, `found only ${names}`);
  assert.deepEqual(names.filter(name => !is(name)), []);
}

test('every-link-leads-somewhere', () => {
  const chapters = all(/^##+ (.*)$/gm)
    .map(title => title.toLowerCase().replace(/[^a-z0-9 -]/g, '').replaceAll(' ', '-'));
  each(all(/\]\(#([^)]*)\)/g), 15, anchor => chapters.includes(anchor));
  each(all(/\]\(([^#)][^)]*)\)/g), 2, file => existsSync(path.join(ROOT, file)));
});

test('every-test-that-is-named-is-there', () => {
  each(all(/\bT=([a-z_-]+)/g), 15, name => existsSync(path.join(ROOT, `tests/e2e/${name}.test.mjs`))
    || existsSync(path.join(ROOT, `tests/unit/test_${name}.c`)));
});

test('every-target-of-make-is-there', () => {
  each(all(/`make ([a-z0-9-]+)/g), 8, name => new RegExp(`^${name}:`, 'm').test(MAKEFILE));
});

/* In capitals, with a line between; but for what is no key. */
test('every-key-of-the-configuration-is-one', () => {
  const keys = run('beckon-authorizer', '-Q', 'config').split('\n').map(line => line.split('\t')[0]);
  const others = /^(BECKON|TCP|PATH|QUERY|LEDGER|RLIMIT|EVP)_/;
  each(all(/\b([A-Z][A-Z0-9]*_[A-Z_]*[A-Z])\b/g).filter(name => !others.test(name)), 25,
    name => keys.includes(name) || name === 'CHECK_DEB');
});

test('every-command-of-beckonctl-is-one', () => {
  const help = run('beckonctl', 'help');
  each(all(/(?:^|[`(;] ?)beckonctl (?:-c \S+ )?([a-z][a-z-]+)/gm), 15, name => help.includes(`beckonctl ${name} `));
});

test('every-configuration-for-a-provider-is-one', { timeout: 60_000 }, () => {
  const snippets = all(/^```ini\n(.*?)^```$/gms);
  assert.ok(snippets.length >= 2);
  for (const snippet of snippets) {
    const file = path.join(service.folder, 'provider.conf');
    writeFileSync(file, snippet);
    const { status, stderr } = spawnSync(path.join(PROGRAMS, 'beckonctl'), ['-n', '-c', file],
      { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  }
});

/* What three kinds of tokens say, as the table has it, and what becomes of it here: role, or the
 * word for no. None of them names a key. */
const TOKENS = [
  ['ours', { room: 'ROOM' }, 'participant'],
  ['ours', { rooms: ['standup', 'ROOM*'], role: 'host' }, 'host'],
  ['ours', { rooms: ['*'] }, 'participant'],
  ['ours', { room: 'standup' }, 'room_forbidden'],
  ['ours, with more of Keycloak', { rooms: ['ROOM'], role: 'host', azp: 'web', typ: 'Bearer',
    aud: ['beckon', 'account'], scope: 'openid profile', realm_access: { roles: ['host'] } }, 'host'],
  ['LiveKit', { video: { room: 'ROOM', roomJoin: true, canPublish: true } }, 'participant'],
  ['LiveKit', { video: { room: 'ROOM', roomJoin: true, roomAdmin: true } }, 'host'],
  ['LiveKit', { video: { room: 'ROOM', roomJoin: false } }, 'room_forbidden'],
  ['LiveKit', { video: { room: 'standup', roomJoin: true } }, 'room_forbidden'],
  ['Jitsi', { room: 'ROOM', context: { user: { name: 'Bob', moderator: true } } }, 'host'],
  ['Jitsi', { room: '*', context: { user: { name: 'Bob', moderator: 'false' } } }, 'participant'],
];

rule('tokens-of-each-kind-mean-what-the-table-says', async room => {
  await service.join({ room, sub: 'ann' });
  for (const [whose, claims, becomes] of TOKENS) {
    const said = JSON.parse(JSON.stringify(claims).replaceAll('ROOM', room));
    const token = forge({ secret: service.key.secret, claims: { sub: 'bob', ...said } });
    const { json } = await service.get(`/validate/zoom/${room}?token=${token}`);
    assert.equal(json.role ?? json.error, becomes, `${whose}: ${JSON.stringify(said)}`);
    if (said.context)
      assert.equal(json.displayName, 'Bob');
  }
});
