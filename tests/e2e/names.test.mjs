/* names – what people call themselves and what they say, made to break whatever it passes through:
 * log lines, an operator's terminal, SQL, JSON.
 *
 * It is text everywhere, and arrives as it was. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import { does, ids, knock, state } from './lib/asking.mjs';
import { PROGRAMS } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';
import { damage, forge } from './lib/tokens.mjs';
import { until } from './lib/waiting.mjs';

const { service, rule } = await suite({ LOG_LEVEL: 'debug' });
const { secret } = service.key;

const SUBS = [
  `x'); DROP TABLE chat; --`, `' OR '1'='1`, `"quoted" \\back\\ %s%n%08x`,
  `ann closed reason=left`, `</script><img src=x onerror=alert(1)>`, `a\u202egnp.exe`,
  `../../etc/passwd`, `\${jndi:ldap://127.0.0.1/}`, `漢字 😀 é e\u0301 \u200b`, `__proto__`,
  'constructor', 'null', '0',
];

const STEERING = '\u001b[2J\u001b]0;owned\u0007\u009b31m\r\u007f\u2028\u202e\u2066';

const token = (sub, claims = {}) => forge({ secret, claims: { sub, ...claims } });

const enter = (room, sub, claims = {}) => service.join({ room, token: token(sub, claims) });

async function killBroker() {
  const [old] = service.running('beckon-broker');
  process.kill(old, 'SIGKILL');
  await until('another broker', () => service.running('beckon-broker').some(pid => pid !== old));
}

rule('whatever-a-person-is-called-is-the-same-person-everywhere', async room => {
  const host = await enter(room, 'host');
  const people = [];
  for (const sub of SUBS)
    people.push(await enter(room, sub));
  const seen = await state(host, s => s.participantCount === SUBS.length + 1);
  assert.deepEqual(ids(seen.participants), SUBS);
  for (const [i, person] of people.entries()) {
    assert.equal(person.first.clientId, SUBS[i]);
    await does(host, 'message', { targetClientId: SUBS[i], data: i });
    assert.equal((await person.next('message')).payload.data, i);
    await does(host, 'mute', { clientId: SUBS[i] });
  }
});

/* Through the store, and out of it again: what was said, and who is banned. */
rule('chat-and-bans-of-such-names-outlive-the-broker-as-they-were', async room => {
  const host = await enter(room, 'host');
  const said = [];
  for (const [i, sub] of SUBS.entries()) {
    const person = await enter(room, sub, { name: `${i} ${sub}` });
    const chat = { chatId: `'${i}");--\\`, chatContent: `${STEERING}${sub}` };
    await does(person, 'add_chat', chat);
    await does(person, 'edit_chat', { ...chat, chatContent: `${chat.chatContent} '';` });
    said.push([sub, chat.chatId, `${chat.chatContent} '';`]);
    await does(host, 'ban', { clientId: sub, reason: `'${sub}` });
    await person.next('bye');
  }
  await killBroker();
  await host.settle();
  await does(host, 'recents_chat');
  const { payload } = await host.next('recents_chat');
  assert.deepEqual(payload.map(chat => [chat.clientId, chat.chatId, chat.chatContent]), said);
  for (const sub of SUBS)
    assert.equal(await knock(service, { room, token: token(sub) }), '403 banned', sub);
  assert.equal(await knock(service, { room, token: token(`' OR '1'='2`) }), '101');
});

rule('no-name-steers-an-operators-terminal', async room => {
  await enter(room, 'host', { name: `Ann${STEERING}` });
  for (const sub of SUBS)
    await enter(room, sub, { name: `${STEERING}${sub}${STEERING}` });
  const text = execFileSync(path.join(PROGRAMS, 'beckonctl'), ['-c', service.config, 'rooms'],
    { encoding: 'utf8' });
  const lines = text.split('\n');
  const line = lines.findIndex(one => one.includes(room));
  for (const sub of SUBS)
    assert.ok(lines[line].includes(sub.replaceAll('\u202e', '?')), sub);
  assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/);
  assert.match(lines[line + 1], /^ +bus /, 'nobody is in another line');
});

/* A line is one event, printable, and begins with the program's own words. */
rule('nothing-that-strangers-choose-forges-a-log-line', async room => {
  const evil = `\n2026-01-01 beckon-broker[1]: - opened ${STEERING}`;
  const header = 'beckon-broker[1]: - opened\u009b';
  const bad = forge({ secret, header: { kid: `${evil}`.slice(0, 100) }, claims: { sub: 'x' } });
  for (const sub of SUBS)
    (await enter(room, sub)).raw(JSON.stringify({ event: evil, payload: { [evil]: evil }, id: 1 }));
  for (const query of [`token=${bad}`, `token=${damage(bad)}`, `token=${encodeURIComponent(evil)}`])
    assert.equal((await service.get(`/ws/zoom/${room}?${query}`, { upgrade: true })).status, 401);
  for (const [name, value] of [['Origin', header], ['User-Agent', header], ['X-Request-Id', header],
    ['Authorization', `Bearer ${header}`]])
    await service.get(`/ws/zoom/${room}?token=${token('x')}`,
      { upgrade: true, headers: { [name]: Buffer.from(value).toString('latin1') } });
  await service.get(`/ws/zoom/${encodeURIComponent(evil)}`, { upgrade: true });
  const logs = service.files().filter(file => file.endsWith('.log'));
  assert.ok(logs.length >= 3, logs.join(' '));
  for (const file of logs) {
    const text = readFileSync(file, 'latin1');
    // Tabs are Go's: websocketd writes a trace where a client goes while it is being let in.
    const odd = text.search(/[^\n\t\x20-\x7e]/);
    assert.equal(odd, -1, `${file}: ${JSON.stringify(text.slice(Math.max(0, odd - 80), odd + 80))}`);
    for (const line of text.split('\n'))
      assert.doesNotMatch(line, /^(2026-01-01 )?beckon-broker\[1\]/, `${file}: ${line}`);
  }
});
