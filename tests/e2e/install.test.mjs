/* install – what `make install` puts somewhere is complete, and runs from there: packages are made so. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, test } from 'node:test';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { get } from './lib/http.mjs';
import { freePort } from './lib/ports.mjs';
import { launch, makeFolder, PROGRAMS } from './lib/service.mjs';
import { SLOWER, until, within } from './lib/waiting.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = makeFolder();
after(() => rmSync(folder, { recursive: true, force: true }));

const run = promisify(execFile);
/* A package has done that already, in check-deb. */
const installed = process.env.BECKON_INSTALLED;
const prefix = installed ? '/usr' : path.join(folder, 'opt/beckon');
if (!installed) {
  await run('make', ['-s', 'install', `B=${path.relative(ROOT, PROGRAMS)}`, `DESTDIR=${folder}`,
    'PREFIX=/opt/beckon'], { cwd: ROOT, env: { PATH: process.env.PATH } });
}

test('the-installed-launcher-serves-with-what-was-installed', { timeout: 90_000 * SLOWER }, async () => {
  const state = path.join(folder, 's');
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const service = launch({
    launcher: path.join(prefix, 'bin/beckon'), state, port, env: { PROGRAMS: undefined },
  });
  let ended = false;
  service.exited.then(() => { ended = true; });
  try {
    await until('the launcher to say ready', () => {
      assert.ok(!ended, service.output);
      return service.output.includes(`\nready ${origin}/`);
    }, 20_000);
    assert.ok(service.output.includes(`${prefix}/lib/beckon/beckonctl`), service.output);
    assert.equal((await get(origin, '/ws/zoom/r1')).status, 401);
    const { stdout } = await run(path.join(prefix, 'bin/beckonctl'),
      ['-c', path.join(state, 'conf/beckon.conf'), 'token', '--sub', 'ann']);
    const place = `/ws/zoom/r1?token=${stdout.trim()}`;
    assert.equal((await get(origin, place, { upgrade: true })).status, 101);
    for (const page of ['/', '/beckon.js', '/api-docs/', '/api-docs/openapi.yaml'])
      assert.equal((await get(origin, page)).status, 200, page);
  } finally {
    service.child.kill('SIGTERM');
    await within(30_000, 'the launcher ends', service.exited);
  }
  assert.equal((await service.exited).code, 0, service.output);
});

test('each-installed-program-has-its-page', () => {
  const pages = [1, 5, 7, 8].map(section => path.join(prefix, `share/man/man${section}`))
    .filter(existsSync).flatMap(section => readdirSync(section));
  const programs = ['bin', 'lib/beckon'].flatMap(place => readdirSync(path.join(prefix, place)))
    .filter(name => name.startsWith('beckon'));
  assert.ok(programs.length >= 6, programs.join());
  for (const name of programs)
    assert.ok(pages.some(page => page.startsWith(`${name}.`)), `${name} in ${pages}`);
});

test('bash-finds-what-completes-beckonctl', async () => {
  const script = path.join(prefix, 'share/bash-completion/completions/beckonctl');
  const { stdout } = await run('bash', ['-uc', `. '${script}' && complete -p beckonctl`]);
  assert.match(stdout, /-F _beckonctl beckonctl/);
});
