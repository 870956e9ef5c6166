/* secrets – after a busy run with everything logged: is a token, or what people said, anywhere? */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';

import * as processes from './lib/processes.mjs';
import { suite } from './lib/suite.mjs';
import { forge } from './lib/tokens.mjs';
import { until } from './lib/waiting.mjs';

const { service, rule } = await suite({ LOG_LEVEL: 'debug' });
const NAMES = ['beckon-broker', 'beckon-authorizer', 'beckon-handler', 'websocketd', 'nginx'];
const SAID = 'the-words-that-somebody-said';
const CHAT = 'the-chat-that-is-kept'; // where it belongs, and nowhere else

/* Parts of a token that would give it away; the head is the same for all. */
const tellTale = token => token.split('.').slice(1).filter(part => part.length > 20);

function everythingWritten() {
  return service.files()
    .filter(file => file !== service.key.file)
    .map(file => ({ file, text: readFileSync(file, 'latin1') }));
}

rule('no-token-and-no-message-text-in-any-file-environment-or-command-line', async room => {
  const { secret } = service.key;
  const printed = [...service.run.output.matchAll(/token=([\w.-]+)/g)].map(match => match[1]);
  const ann = await service.join({ room, sub: 'ann' });
  const { client: bob, pid } = await service.joinWithHandler({ room, sub: 'bob' });
  const refused = [
    forge({ secret: 'wrong', claims: { sub: 'eve-with-a-long-name' } }),
    forge({ secret, claims: { sub: 'late-comer-of-yesterday', exp: 1 } }),
    forge({ secret, claims: { sub: 'stranger-from-elsewhere', room: 'elsewhere' } }),
  ];
  for (const token of refused) {
    for (const path of [`/ws/zoom/${room}`, `/ws/nope/${room}`, `/ws/zoom/a%20b`, '/x']) {
      await service.get(`${path}?token=${token}`, { upgrade: true });
      await service.get(path, { headers: {
        Authorization: `Bearer ${token}`, Referer: `${service.origin}/?token=${token}`,
      } });
    }
    await service.get(`/ws/zoom/${room}?token=${token}${'x'.repeat(17_000)}`);
  }
  ann.send('add_chat', { chatContent: CHAT });
  ann.send('add_chat', { chatContent: SAID, targetClientId: 'bob' });
  ann.send('message', { data: SAID, targetClientId: 'bob' });
  ann.raw(`{"event":"${SAID}","payload":{}}`);
  ann.raw(`${SAID} ${ann.token}`);
  await bob.next('message');
  await ann.settle();

  const tokens = [...printed, ann.token, bob.token, ...refused];
  assert.ok(printed.length > 0 && tokens.length > 5);
  for (const { file, text } of everythingWritten()) {
    for (const part of tokens.flatMap(tellTale))
      assert.ok(!text.includes(part), `a token in ${file}`);
    // The ledger is the broker's memory, for the broker that comes after it.
    if (file.endsWith('/run/ledger')) {
      assert.equal(statSync(file).mode & 0o777, 0o600, file);
      assert.ok(!text.includes(secret.toString('latin1')), `the secret in ${file}`);
      continue;
    }
    assert.ok(!text.includes(SAID), `message text in ${file}`);
    assert.ok(!text.includes(CHAT) || file.includes('/data/'), `chat in ${file}`);
    assert.ok(!text.includes(secret.toString('latin1')), `the secret in ${file}`);
  }
  for (const name of NAMES) {
    for (const number of service.running(name)) {
      const text = processes.visibleText(number);
      for (const part of tokens.flatMap(tellTale))
        assert.ok(!text.includes(part), `a token in /proc of ${name}`);
    }
  }
  assert.ok(processes.visibleText(pid).includes('beckon-handler'), 'the look was a real one');
});

/* What a user of this machine gets to see of a process's files in /proc. */
function seenBy(user, pid, name) {
  const { stdout } = spawnSync('setpriv', ['--reuid', user, '--regid', 'nogroup', '--clear-groups',
    'cat', `/proc/${pid}/${name}`], { encoding: 'latin1' });
  return stdout;
}

const OWN = ['beckon-broker', 'beckon-authorizer', 'beckon-handler'];

/* The broker and the authorizer hold keys, each of them tokens: not even the user they run as may
 * look into them, as a handler does that its client has taken over. */
rule('no-user-but-root-sees-environment-and-memory-of-our-programs', async room => {
  if (process.getuid() !== 0)
    return; // only root can be another user
  const { client, pid } = await service.joinWithHandler({ room, sub: 'ann' });
  const owner = execFileSync('stat', ['-c', '%U', service.config], { encoding: 'utf8' }).trim();
  for (const name of OWN) {
    const pids = service.running(name);
    assert.ok(pids.length > 0, name);
    for (const number of pids) {
      for (const user of ['nobody', owner].filter(one => one !== 'root'))
        for (const file of ['environ', 'maps', 'auxv'])
          assert.equal(seenBy(user, number, file), '', `${file} of ${name}, by ${user}`);
      // A handler with sanitizers has no limits: they need memory, files and threads.
      if (name !== 'beckon-handler' || !process.env.BECKON_SANITIZED)
        assert.match(readFileSync(`/proc/${number}/limits`, 'utf8'),
          /Max core file size +0 +0 /, name);
    }
  }
  for (const number of NAMES.flatMap(name => service.running(name)))
    for (const part of tellTale(client.token))
      assert.ok(!seenBy('nobody', number, 'cmdline').includes(part));
  assert.ok(seenBy('nobody', pid, 'cmdline').includes('beckon-handler'), 'the look was a real one');
});

/* When things break, the programs around ours say what they were doing at that moment. */
rule('what-is-said-when-programs-die-holds-no-token', async room => {
  const tokens = [], bodies = [];
  const knock = async path => {
    const token = await service.token({ sub: `long-name-of-${tokens.length}` });
    tokens.push(token);
    const answer = await service.get(`${path}?token=${token}`, { upgrade: true })
      .catch(error => ({ status: 0, text: error.message }));
    bodies.push(answer.text, JSON.stringify(answer.headers ?? {}));
    return answer.status;
  };
  const back = () => until('the service', async () =>
    await knock(`/ws/zoom/${room}`) === 101, 20_000);

  const ann = await service.join({ room, sub: 'ann' });
  tokens.push(ann.token);
  const workers = service.running('beckon-authorizer');
  for (const pid of workers)
    process.kill(pid, 'SIGSTOP');
  const waiting = ['/ws/chat/x', '/validate/zoom/x'].map(knock);
  await until('the requests to be on their way', () => tokens.length >= 3);
  for (const pid of workers)
    process.kill(pid, 'SIGKILL');
  assert.deepEqual((await Promise.all(waiting)).map(status => status >= 500), [true, true]);
  await back();
  for (const name of ['websocketd', 'beckon-handler', 'beckon-broker']) {
    for (const pid of service.running(name))
      try { process.kill(pid, 'SIGKILL'); } catch { /* gone with the one before */ }
    await knock(`/ws/zoom/${room}`);
    await back();
  }
  const parts = tokens.flatMap(tellTale);
  for (const text of [...bodies, service.run.output])
    for (const part of parts)
      assert.ok(!text.includes(part), text);
  for (const { file, text } of everythingWritten())
    for (const part of parts)
      assert.ok(!text.includes(part), `a token in ${file}`);
});

rule('a-connection-can-be-followed-through-the-logs-by-its-id', async room => {
  const { client } = await service.joinWithHandler({ room, sub: 'ann' });
  await client.close();
  const logs = everythingWritten().filter(({ file }) => file.includes('/log/'));
  const access = logs.find(({ file }) => file.endsWith('access.log')).text;
  const line = access.trim().split('\n').findLast(text => text.includes(`/ws/zoom/${room}`));
  const id = line.split(' ')[0].slice(0, 16);
  const others = logs.filter(({ file, text }) => !file.endsWith('access.log') && text.includes(id));
  assert.ok(others.length > 0, `${id} in the logs of the programs`);
});
