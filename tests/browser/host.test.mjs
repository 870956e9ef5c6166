/* host – what hosts do to others, and what those are told. */

import assert from 'node:assert/strict';
import { after } from 'node:test';

import { suite } from '../e2e/lib/suite.mjs';
import { forge, now } from '../e2e/lib/tokens.mjs';
import { openBrowser } from './lib/browser.mjs';
import { closeAll, enterTwo, everybodySees } from './lib/people.mjs';

const { service, rule } = await suite();
const browser = await openBrowser(service);
after(() => browser.close());

const two = room => enterTwo(browser, room);

rule('one-who-is-removed-is-told-by-whom-and-why-and-may-come-back', async room => {
  const { ann, bob } = await two(room);
  await ann.act('bob', 'kick', 'Too loud <b>today</b>');
  const { text, word } = await bob.problem();
  assert.equal(word, 'kicked');
  assert.equal(text, 'Ann Lee has removed you from the room. “Too loud <b>today</b>”');
  await bob.screenshot('kicked');
  await ann.page.getByText('Bob Ray was removed by Ann Lee.').waitFor();

  await bob.page.click('#join button');
  await everybodySees({ ann, bob });
  await ann.act('bob', 'ban', '');
  assert.equal((await bob.problem()).word, 'banned');
  assert.match((await bob.problem()).text, /Ann Lee has banned you/);
  const again = await browser.enter(room, 'bob', 'Bob Ray');
  assert.equal((await again.problem()).word, 'banned');
  await again.close();
  await closeAll({ ann, bob });
});

rule('a-closed-room-is-said-to-be-closed-to-all', async room => {
  const { ann, bob } = await two(room);
  await ann.page.click('#close-room');
  await ann.confirm('See you tomorrow');
  for (const [person, said] of [[ann, 'The room was closed.'], [bob, 'Ann Lee has closed the room.']]) {
    const { text, word } = await person.problem();
    assert.equal(word, 'room_closed');
    assert.equal(text, `${said} “See you tomorrow”`);
  }
  await closeAll({ ann, bob });
});

rule('what-an-operator-says-and-does-is-shown-as-nobodys', async room => {
  const { ann, bob } = await two(room);
  await service.ctl('say', `zoom/${room}`, 'Back <b>at</b> 8');
  for (const person of [ann, bob]) {
    await person.notice('announcement').getByText('Back <b>at</b> 8').waitFor();
    assert.equal(await person.page.locator('#messages .news', { hasText: 'Back <b>at</b> 8' }).count(), 1);
  }
  await service.ctl('kick', `zoom/${room}`, 'bob', '--reason', 'Enough');
  assert.equal((await bob.problem()).text, 'You were removed from the room. “Enough”');
  await closeAll({ ann, bob });
});

rule('muting-shows-on-all-pages-and-the-muted-one-can-speak-again', async room => {
  const { ann, bob } = await two(room);
  const micOf = (person, state) =>
    person.page.locator(`.tile[data-client-id="bob"][data-mic="${state}"]`);
  for (const person of [ann, bob])
    await micOf(person, 'on').waitFor();
  await ann.act('bob', 'mute');
  for (const person of [ann, bob])
    await micOf(person, 'off').waitFor();
  await bob.notice('mute').getByText('Ann Lee has turned off your microphone.').waitFor();
  assert.equal(await bob.page.getAttribute('#mic', 'aria-pressed'), 'false');
  assert.equal(await ann.tile('bob').locator('.muted').isVisible(), true);
  await bob.screenshot('muted');

  await bob.click('mic');
  await micOf(ann, 'on').waitFor();
  await ann.act('bob', 'camera-off');
  await ann.page.locator('.tile[data-client-id="bob"][data-camera="off"]').waitFor();
  await bob.page.locator('#camera[aria-pressed="false"]').waitFor();
  await closeAll({ ann, bob });
});

rule('hands-are-shown-in-the-order-in-which-they-were-raised', async room => {
  const { ann, bob } = await two(room);
  const cyd = await browser.enter(room, 'cyd', 'Cyd', { viewport: { width: 400, height: 760 } });
  await cyd.untilState('open');
  const place = (person, id, text) =>
    person.tile(id).locator('.hand').filter({ hasText: text }).waitFor();
  await cyd.click('hand');
  await place(ann, 'cyd', '1');
  await bob.click('hand');
  await place(ann, 'bob', '2');
  await place(cyd, 'bob', '2');
  await ann.screenshot('hands');
  await cyd.screenshot('hands-narrow');
  await cyd.click('toggle-people');
  await cyd.row('bob').locator('summary').click();
  await cyd.screenshot('people-narrow');
  await ann.act('cyd', 'lower-hand');
  await place(bob, 'bob', '1');
  await cyd.page.locator('#hand[aria-pressed="false"]').waitFor();
  await closeAll({ ann, bob, cyd });
});

rule('one-made-host-gets-the-controls-of-hosts', async room => {
  const { ann, bob } = await two(room);
  assert.equal(await bob.page.locator('#host-tools').isVisible(), false);
  assert.equal(await bob.row('ann').locator('[data-act="kick"]').isHidden(), true);
  await ann.act('bob', 'make-host');
  await bob.page.locator('#host-tools').waitFor();
  await bob.page.getByText('You are a host now.').waitFor();
  await bob.row('ann').locator('summary').click();
  await bob.screenshot('host-acts');
  await bob.row('ann').locator('summary').click();
  await bob.act('ann', 'unmake-host');
  await ann.page.locator('#host-tools').waitFor({ state: 'hidden' });
  await closeAll({ ann, bob });
});

rule('a-token-about-to-expire-can-be-replaced-on-the-page', async room => {
  const { secret, kid } = service.key;
  const short = forge({ secret, header: { kid }, claims: { sub: 'ann', exp: now() + 50 } });
  const ann = await browser.person({ fragment: { room, token: short } });
  await ann.notice('token').locator('input').fill('nonsense');
  await ann.notice('token').locator('button').click();
  await ann.notice('token').getByText('That token is not accepted.').waitFor();
  await ann.screenshot('token-expiring');
  await ann.notice('token').locator('input').fill(await service.token({ sub: 'ann' }));
  await ann.notice('token').locator('button').click();
  await ann.notice('token').getByText('You can stay until').waitFor();
  await closeAll({ ann });
});

rule('a-server-that-says-come-back-later-is-a-pause-and-then-all-goes-on', async room => {
  const ann = await browser.enter(room, 'ann', 'Ann');
  await ann.untilState('open');
  const ended = service.end(); // it says 4100 to all, and that they may come back
  await ann.page.locator('#pause').waitFor();
  await ann.screenshot('pause');
  await ended;
  await service.begin();
  await ann.untilState('open');
  await ann.page.locator('#pause').waitFor({ state: 'hidden' });
  await closeAll({ ann });
});
