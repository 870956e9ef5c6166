/* pause – programs of the service die under people in a call. Their media needs no server, and what
 * they write is kept: on the page it is a pause, and is shown as one. */

import assert from 'node:assert/strict';
import { after } from 'node:test';

import { suite } from '../e2e/lib/suite.mjs';
import { until } from '../e2e/lib/waiting.mjs';
import { openBrowser } from './lib/browser.mjs';
import { closeAll, everybodySees } from './lib/people.mjs';

const { service, rule } = await suite({ CHAT_BURST: '1000', CHAT_PER_MINUTE: '6000' });
const browser = await openBrowser(service);
after(() => browser.close());

/* In the page: every WebSocket it ever had. */
function rememberSockets() {
  window.sockets = [];
  window.WebSocket = class extends WebSocket {
    constructor(address) {
      super(address);
      window.sockets.push(this);
    }
  };
}

async function enterTwo(room, endpoint = 'zoom') {
  const setUp = page => page.addInitScript(rememberSockets);
  const ann = await browser.enter(room, 'ann', 'Ann Lee', { endpoint, setUp });
  await ann.untilState('open');
  const bob = await browser.enter(room, 'bob', 'Bob Ray', { endpoint, setUp, colorScheme: 'dark' });
  await bob.untilState('open');
  if (endpoint === 'chat')
    return { ann, bob };
  await everybodySees({ ann, bob });
  for (const [me, other] of [[ann, 'bob'], [bob, 'ann']])
    await me.page.evaluate(id => { window.first = window.beckonDebug.connection(id); }, other);
  return { ann, bob };
}

/* What has come in of the other's sound and pictures; before the first of them there is no count. */
function media(person) {
  return person.page.evaluate(async () => {
    const inbound = [...(await window.first.getStats()).values()]
      .filter(({ type }) => type === 'inbound-rtp');
    const of = wanted => inbound.find(({ kind }) => kind === wanted);
    return { bytes: of('audio')?.bytesReceived ?? 0, frames: of('video')?.framesDecoded ?? 0 };
  });
}

/* More sound and more pictures come, over the peer connection of the beginning, and are shown. */
async function mediaGoesOn(people) {
  for (const [id, person] of Object.entries(people)) {
    const other = id === 'ann' ? 'bob' : 'ann';
    const before = await media(person);
    await until(`${id} to hear and see more`, async () => {
      const { bytes, frames } = await media(person);
      return bytes > before.bytes + 500 && frames > before.frames + 3;
    }, 20_000);
    assert.ok(await person.page.evaluate(id => window.beckonDebug.connection(id) === window.first
      && window.first.connectionState === 'connected', other), `${id} has another connection`);
    assert.ok(await person.tile(other).locator('video').isVisible());
  }
}

async function killBroker() {
  const [broker] = service.running('beckon-broker');
  process.kill(broker, 'SIGKILL');
  await until('another broker', () => service.running('beckon-broker').some(p => p !== broker));
}

async function socketsStayOpen(people) {
  for (const [id, { page }] of Object.entries(people))
    assert.deepEqual(await page.evaluate(() => window.sockets.map(socket => socket.readyState)),
      [1], id);
}

/* What was said, as the page shows it; what is still on its way is not said. */
function said(person) {
  return person.page.locator('#messages li:not(.pending) .text').allTextContents();
}

rule('the-broker-dies-in-a-call-and-the-call-goes-on', async room => {
  const people = await enterTwo(room);
  const { ann, bob } = people;
  for (let kills = 0; kills < 3; kills++) {
    await killBroker();
    await mediaGoesOn(people);
    await ann.say(`after ${kills}`);
    await bob.untilHears(`after ${kills}`);
  }
  await bob.click('camera'); // signals go through, too
  await ann.page.locator('[data-client-id="bob"][data-camera="off"]').first().waitFor();
  await bob.click('camera');
  await ann.page.locator('.tile.has-picture[data-client-id="bob"]').waitFor();
  await mediaGoesOn(people);
  await socketsStayOpen(people);
  await closeAll(people);
});

rule('a-broker-that-is-away-is-a-pause-and-what-one-writes-is-sent-after-it', async room => {
  const people = await enterTwo(room);
  const { ann, bob } = people;
  assert.equal(await ann.page.locator('#pause').isVisible(), false);
  await ann.page.locator('.tile.has-picture[data-client-id="bob"]').waitFor();
  await ann.screenshot('pause-before');
  const [broker] = service.running('beckon-broker');
  process.kill(broker, 'SIGSTOP'); // as long as a slow restart
  await ann.say('are you there?');
  await ann.message('are you there?').locator('.text').waitFor();
  await ann.page.locator('#pause').waitFor();
  assert.match(await ann.page.textContent('#pause'), /does not answer.*The call goes on/s);
  assert.equal(await ann.page.getAttribute('html', 'data-state'), 'open');
  assert.equal(await ann.page.locator('#pause-now').isVisible(), false, 'there is nothing to try');
  assert.deepEqual(await said(ann), []);
  await mediaGoesOn(people);
  await ann.screenshot('pause-broker');
  process.kill(broker, 'SIGKILL');
  await bob.untilHears('are you there?');
  await ann.page.locator('#pause').waitFor({ state: 'hidden' });
  await ann.page.locator('#messages .pending').waitFor({ state: 'detached' });
  assert.deepEqual([await said(ann), await said(bob)],
    [['are you there?'], ['are you there?']]);
  await mediaGoesOn(people);
  await socketsStayOpen(people);
  await closeAll(people);
});

rule('the-broker-dies-while-people-chat-and-nothing-is-lost-or-said-twice', async room => {
  const people = await enterTwo(room, 'chat');
  const wanted = [];
  let talking = true;
  const talk = Object.entries(people).map(async ([id, person]) => {
    for (let i = 0; talking; i++) {
      wanted.push(`${id} ${i}`);
      await person.say(`${id} ${i}`);
    }
  });
  for (let kills = 0; kills < 4; kills++) {
    const reached = wanted.length + 6; // some of it between two deaths
    await until('more to be said', () => wanted.length > reached);
    await killBroker();
  }
  talking = false;
  await Promise.all(talk);
  for (const person of Object.values(people))
    await until('all of it', async () => (await said(person)).length >= wanted.length, 15_000);
  const [ann, bob] = await Promise.all(Object.values(people).map(said));
  assert.ok(wanted.length > 24, `${wanted.length} messages`);
  assert.deepEqual([...ann].sort(), [...wanted].sort(), 'all, and each once');
  for (const id of Object.keys(people))
    assert.deepEqual(ann.filter(text => text.startsWith(id)),
      wanted.filter(text => text.startsWith(id)), 'in the order in which they were said');
  assert.deepEqual(bob, ann, 'both see one order');
  await socketsStayOpen(people);
  await closeAll(people);
});

/* The browser's own complaints about connections that do not come about. */
function forgiveLoss(person) {
  person.errors = person.errors.filter(text =>
    !/WebSocket connection to|Failed to load resource/.test(text));
}

/* Kills every websocketd. What is to be seen while none is there, `meanwhile` looks at: the
 * launcher is held for so long. */
async function killWebsocketd(meanwhile) {
  const launcher = service.run.child.pid;
  process.kill(launcher, 'SIGSTOP');
  try {
    for (const pid of service.running('websocketd'))
      process.kill(pid, 'SIGKILL');
    await meanwhile();
  } finally {
    process.kill(launcher, 'SIGCONT');
  }
}

rule('the-gateways-websocketd-dies-and-pages-are-back-by-themselves', async room => {
  const people = await enterTwo(room);
  const { ann, bob } = people;
  await ann.say('before');
  await bob.untilHears('before');
  await killWebsocketd(async () => {
    await ann.page.locator('#pause').waitFor();
    await bob.page.locator('#pause').waitFor();
    await ann.say('meanwhile of ann');
    await bob.say('meanwhile of bob');
    assert.match(await ann.page.textContent('#pause'), /The call goes on/);
    await mediaGoesOn(people);
    await ann.screenshot('pause-gateway');
    await bob.screenshot('pause-gateway-dark');
  });
  for (const person of [ann, bob])
    await person.untilBackFrom('retrying');
  await ann.untilHears('meanwhile of bob');
  await bob.untilHears('meanwhile of ann');
  await ann.page.locator('#pause').waitFor({ state: 'hidden' });
  for (const person of [ann, bob])
    await person.page.locator('#messages .pending').waitFor({ state: 'detached' });
  const [first, second] = [await said(ann), await said(bob)];
  assert.deepEqual([...first].sort(), ['before', 'meanwhile of ann', 'meanwhile of bob']);
  assert.deepEqual(second, first);
  await mediaGoesOn(people);
  for (const [me, other] of [[ann, 'bob'], [bob, 'ann']]) {
    await me.page.locator(`#grid [data-client-id="${other}"][data-camera="on"][data-mic="on"]`)
      .waitFor(); // the room knows again what is on
    assert.equal(await me.page.locator('#grid .tile').count(), 2);
    const last = await me.page.evaluate(() => window.sockets.at(-1).url);
    assert.match(last, /[?&]resume=[0-9a-f]+\.\d+/);
  }
  await bob.click('camera'); // and that connection can still be negotiated
  await ann.page.locator('.tile.has-picture[data-client-id="bob"]').waitFor({ state: 'detached' });
  await bob.click('camera');
  await ann.page.locator('.tile.has-picture[data-client-id="bob"]').waitFor();
  await mediaGoesOn(people);
  [ann, bob].forEach(forgiveLoss);
  await closeAll(people);
});

rule('one-who-does-not-come-back-is-seen-until-the-call-is-gone-as-well', async room => {
  const { ann, bob } = await enterTwo(room);
  await bob.close(); // without a word
  await ann.tile('bob').waitFor({ state: 'detached' });
  await ann.page.getByText('Bob Ray is gone.').waitFor();
  assert.equal(await ann.page.evaluate(() => window.beckonDebug.peers().length), 0);
  await closeAll({ ann });
});
