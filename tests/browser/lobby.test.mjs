/* lobby – a host decides who comes in, and the page of one who may not stays away. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';

import { suite } from '../e2e/lib/suite.mjs';
import { openBrowser } from './lib/browser.mjs';
import { closeAll, everybodySees } from './lib/people.mjs';

const { service, rule } = await suite();
const browser = await openBrowser(service);
after(() => browser.close());

/* How often anybody asked to be let into this room and was answered, by nginx's account. A
 * connection that is still open is not yet in it. */
function visits(room) {
  const log = readFileSync(path.join(service.state, 'log/access.log'), 'utf8');
  return log.split('\n').filter(line => line.includes(`/${room}"`)).length;
}

async function hostWithLobby(room) {
  const ann = await browser.enter(room, 'ann', 'Ann Lee');
  await ann.untilState('open');
  await ann.page.click('#set-lobby');
  await ann.page.locator('#set-lobby:checked').waitFor();
  return ann;
}

rule('a-host-admits-one-and-denies-another-who-is-told-so-and-stays-away', async room => {
  const ann = await hostWithLobby(room);
  const bob = await browser.enter(room, 'bob', 'Bob Ray');
  // Her clock is ours, so that all that she may have planned happens at once.
  const sockets = [];
  const eve = await browser.enter(room, 'eve', 'Eve', {
    setUp: async page => {
      await page.clock.install();
      page.on('websocket', socket => sockets.push(socket.url()));
    },
  });
  for (const person of [bob, eve])
    await person.page.locator('#waiting-room').waitFor();
  assert.equal(await eve.page.textContent('#waiting-name'), 'Eve');
  assert.doesNotMatch(await eve.page.textContent('body'), /Ann|Bob/, 'a waiter sees only itself');
  assert.equal(await ann.page.textContent('#people-badge'), '2');
  await ann.screenshot('lobby-host');
  await bob.screenshot('lobby-waiting');

  await ann.answer('waiting', 'bob', 'yes');
  await everybodySees({ ann, bob });
  await ann.answer('waiting', 'eve', 'no');
  const { text, word } = await eve.problem();
  assert.equal(word, 'denied');
  assert.match(text, /Ann Lee has not let you in/);
  await eve.screenshot('lobby-denied');
  await ann.page.locator('#waiting li').waitFor({ state: 'detached' });

  await eve.page.clock.runFor('10:00');
  await eve.page.evaluate(() => fetch('/')); // whatever it asked for has been answered by now
  assert.equal(sockets.length, 1);
  assert.equal(visits(room), 1);
  assert.equal(await eve.page.locator('#join').isVisible(), true);
  await closeAll({ ann, bob, eve });
});

rule('a-lobby-switched-off-lets-all-in', async room => {
  const ann = await hostWithLobby(room);
  const bob = await browser.enter(room, 'bob', 'Bob');
  await bob.page.locator('#waiting-room').waitFor();
  await ann.page.click('#set-lobby');
  await everybodySees({ ann, bob });
  assert.equal(await bob.page.locator('#host-tools').isVisible(), false);
  await closeAll({ ann, bob });
});

rule('who-comes-to-a-locked-room-is-told-that-it-is', async room => {
  const ann = await browser.enter(room, 'ann', 'Ann');
  await ann.untilState('open');
  await ann.page.click('#set-lock');
  await ann.page.locator('#set-lock:checked').waitFor();
  const bob = await browser.enter(room, 'bob', 'Bob');
  assert.equal((await bob.problem()).word, 'room_locked');
  await ann.close();
  await bob.close();
});
