/* package – beckon.js as others get it: packed, typed, installed elsewhere, and served. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { suite } from '../e2e/lib/suite.mjs';

const WWW = fileURLToPath(new URL('../../gateway-conf/www/', import.meta.url));
const TESTS = fileURLToPath(new URL('..', import.meta.url));

const { service, rule } = await suite();
const folder = mkdtempSync(path.join(tmpdir(), 'beckon-package.'));
after(() => rmSync(folder, { recursive: true, force: true }));

async function run(command, words, cwd) {
  const { stdout } = await promisify(execFile)(command, words, { cwd, timeout: 50_000 })
    .catch(error => { throw new Error(`${error.message}\n${error.stdout}`); });
  return stdout;
}

/* An application's folder, with the package in it. */
async function install() {
  const [packed] = JSON.parse(await run('npm',
    ['pack', '--json', '--pack-destination', folder], WWW));
  const application = path.join(folder, 'application');
  mkdirSync(application, { recursive: true });
  writeFileSync(path.join(application, 'package.json'), '{"private": true, "type": "module"}');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund',
    path.join(folder, packed.filename)], application);
  return { packed, application };
}

rule('the-package-has-the-module-and-its-types-and-the-services-version', async room => {
  const { packed, application } = await install();
  assert.deepEqual(packed.files.map(file => file.path).sort(),
    ['beckon.d.ts', 'beckon.js', 'package.json']);
  const makefile = readFileSync(path.join(TESTS, '../Makefile'), 'utf8');
  assert.equal(packed.version, /^VERSION\s*:=\s*(\S+)/m.exec(makefile)[1]);

  const ws = pathToFileURL(path.join(TESTS, 'node_modules/ws/wrapper.mjs'));
  writeFileSync(path.join(application, 'main.js'), `
    import { Beckon } from 'beckon-client';
    import WebSocket from '${ws}';
    const [url, room, token] = process.argv.slice(2);
    const visit = new Beckon({ url, room, token, WebSocket });
    visit.on('add_chat', ({ chatContent }) => console.log(chatContent));
    await visit.connect();
    await visit.request('add_chat', { chatContent: 'Hello' });
    await visit.leave();`);
  // It ends by itself: nothing of ours keeps a process alive.
  const heard = await run('node', ['main.js', service.origin, room,
    await service.token({ sub: 'ann' })], application);
  assert.equal(heard, 'Hello\n');

  cpSync(path.join(TESTS, 'client/types/example.ts'), path.join(application, 'example.ts'));
  await run(path.join(TESTS, 'node_modules/.bin/tsc'), ['--strict', '--noEmit', '--target',
    'es2022', '--module', 'node16', '--moduleResolution', 'node16', 'example.ts'], application);
});

rule('all-that-can-be-sent-and-heard-has-a-type', async () => {
  const types = readFileSync(path.join(WWW, 'beckon.d.ts'), 'utf8');
  const typed = name => [...new RegExp(`interface ${name} {\n(.*?)\n}`, 's').exec(types)[1]
    .matchAll(/^ {2}(\w+):/gm)].map(([, event]) => event);
  const handler = path.join(process.env.BECKON_PROGRAMS ?? '../build/release', 'beckon-handler');
  const rows = async what => (await run(handler, ['-Q', what], TESTS)).trim().split('\n').slice(1)
    .map(line => line.split('\t')[0]);
  const own = ['leave', 'pong']; // what leave() and the answer to a ping say
  assert.deepEqual(typed('Requests').sort(),
    (await rows('events')).filter(event => !own.includes(event)).sort());
  assert.deepEqual(typed('Events').sort(),
    [...await rows('messages'), 'status', 'state', 'stalled'].sort());
});

rule('the-module-and-its-types-are-served', async () => {
  const module = await service.get('/beckon.js');
  assert.match(module.headers['content-type'], /^text\/javascript/);
  const types = await service.get('/beckon.d.ts');
  assert.equal(types.status, 200);
  assert.match(types.headers['content-type'], /^text\/plain/);
});
