/* behind – the service behind other people's proxies, as the README says to set them up. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';

import { Client } from './lib/client.mjs';
import { freePort } from './lib/ports.mjs';
import { kinds, missing, Proxy } from './lib/proxies.mjs';
import { makeFolder } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';
import { SLOWER, until, within } from './lib/waiting.mjs';

const PAGE = 'https://calls.example';
const PING = 1, QUIET = 6; // seconds; the README has 25 and 90
const { service, rule } = await suite({
  TRUSTED_PROXIES: '127.0.0.1', ALLOWED_ORIGINS: PAGE, PING_SECONDS: `${PING}`,
});
const folder = makeFolder();
after(() => rmSync(folder, { recursive: true, force: true }));

/* Of this machine's addresses, one that is not the proxy's. */
const STRANGER = '127.0.0.7';

async function ask(proxy, path, headers = {}) {
  const request = https.get(`${proxy.origin}${path}`,
    { ca: proxy.ca, agent: false, family: 4, localAddress: STRANGER, headers });
  const [response] = await within(20_000, path, once(request, 'response'));
  let text = '';
  for await (const chunk of response.setEncoding('utf8'))
    text += chunk;
  return { status: response.statusCode, text };
}

async function join(proxy, room, sub, headers = {}) {
  const token = await service.token({ sub });
  const address = `${proxy.origin.replace('http', 'ws')}/ws/zoom/${room}?token=${token}`;
  const client = new Client(address, { ca: proxy.ca, headers: { Origin: PAGE, ...headers } });
  service.clients.push(client);
  await client.joined();
  return client;
}

const accessLog = () => readFileSync(path.join(service.state, 'log/access.log'), 'utf8').split('\n');

/* All that a proxy wrote, to its terminal or into its folder. */
function written(proxy) {
  const files = readdirSync(proxy.folder, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && !/^(conf|.*\.(pem|key))$/.test(entry.name))
    .map(entry => readFileSync(path.join(entry.path, entry.name), 'utf8'));
  return [proxy.output, ...files].join('\n');
}

for (const kind of kinds) {
  const skip = missing(kind);
  let proxy;
  const behind = (name, run) => rule(`${kind}: ${name}`, async room => {
    proxy ??= await Proxy.start(kind, { folder, behind: service.port,
      change: text => text.replaceAll('90s', `${QUIET}s`) });
    await run(room);
  }, { skip });
  after(() => proxy?.stop());

  behind('people-meet-through-it', async room => {
    const [ann, bob] = [await join(proxy, room, 'ann'), await join(proxy, room, 'bob')];
    await ann.ask('add_chat', { chatContent: 'through it' });
    await bob.next('add_chat', ({ chatContent }) => chatContent === 'through it');
    assert.equal((await ask(proxy, '/')).status, 200, 'the demo page');
  });

  behind('an-origin-is-judged-behind-it', async room => {
    for (const [origin, status] of [[PAGE, 401], ['https://elsewhere.example', 403]])
      assert.equal((await ask(proxy, `/ws/zoom/${room}`, { Origin: origin })).status, status);
  });

  behind('people-have-their-own-addresses-and-not-those-they-claim', async room => {
    await ask(proxy, `/ws/zoom/${room}`, { 'X-Forwarded-For': '192.0.2.66' });
    await until('the line', () => accessLog().some(line => line.includes(room)));
    assert.equal(accessLog().find(line => line.includes(room)).split(' ')[2], STRANGER);
  });

  behind('a-request-line-of-16-kib-passes', async room => {
    const path = `/ws/zoom/${room}?token=`;
    const { status, text } = await ask(proxy, path.padEnd(16_300, 'x'));
    assert.deepEqual([status, JSON.parse(text).error], [401, 'token_invalid']);
  });

  behind('strangers-do-not-read-the-figures', async () => {
    assert.equal((await ask(proxy, '/metrics')).status, 404);
    assert.equal((await service.get('/metrics')).status, 200);
  });

  behind('who-says-nothing-stays-connected', async room => {
    const ann = await join(proxy, room, 'ann');
    for (let seconds = 0; seconds <= QUIET; seconds += PING)
      await ann.next('ping', () => true, 10_000);
    assert.equal(ann.closeCode, null);
  });

  test(`${kind}: no-token-is-in-what-it-logs`, { skip, timeout: 60_000 * SLOWER }, async () => {
    const alone = await Proxy.start(kind, { folder, behind: await freePort() });
    const token = 'a-token-that-nobody-may-see';
    try {
      assert.ok((await ask(alone, `/ws/zoom/r?token=${token}`)).status >= 502);
      assert.ok((await ask(proxy ?? alone, `/ws/zoom/r?token=${token}`)).status > 400);
    } finally {
      await alone.stop();
    }
    for (const one of proxy ? [proxy, alone] : [alone])
      assert.ok(!written(one).includes(token), written(one));
  });
}
