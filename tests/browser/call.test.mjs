/* call – people in browsers meet on the demo page, with made-up cameras and real WebRTC. */

import assert from 'node:assert/strict';
import { after } from 'node:test';

import { suite } from '../e2e/lib/suite.mjs';
import { until } from '../e2e/lib/waiting.mjs';
import { openBrowser } from './lib/browser.mjs';
import { closeAll, everybodySees } from './lib/people.mjs';

const { service, rule } = await suite();
const browser = await openBrowser(service);
after(() => browser.close());

const enter = browser.enter;

rule('two-pages-are-connected-and-pictures-arrive-on-both-sides', async room => {
  const ann = await enter(room, 'ann', 'Ann Lee');
  await ann.untilState('open');
  const bob = await enter(room, 'bob', 'Bob Ray', { colorScheme: 'dark' });
  await everybodySees({ ann, bob });
  await until('sound', async () => await ann.soundFrom('bob') > 0);
  assert.equal(await ann.tile('ann').getAttribute('data-role'), 'host');
  assert.equal(await bob.tile('ann').locator('.badge').textContent(), 'host');
  assert.equal(await bob.tile('bob').locator('.badge').isVisible(), false);
  assert.equal(await bob.tile('ann').locator('.name').textContent(), 'Ann Lee');

  await bob.say('Hello <b>Ann</b> & co.');
  await ann.untilHears('Hello <b>Ann</b> & co.');
  await bob.untilHears('Hello <b>Ann</b> & co.');
  assert.equal(await ann.page.locator('#messages b').count(), 0, 'foreign text is no markup');
  await ann.say('Hello Bob');
  await bob.untilHears('Hello Bob');
  await ann.screenshot('two-light');
  await bob.screenshot('two-dark');

  await bob.click('leave');
  assert.equal((await bob.problem()).word, 'left');
  await bob.screenshot('left');
  await ann.tile('bob').waitFor({ state: 'detached' });
  await ann.page.getByText('Bob Ray has left.').waitFor();
  assert.equal(await bob.page.evaluate(() => window.beckonDebug.peers().length), 0);

  await bob.page.click('#join button'); // with the token of before
  await everybodySees({ ann, bob });
  await closeAll({ ann, bob });
});

rule('a-third-who-joins-is-connected-to-both', async room => {
  const ann = await enter(room, 'ann', 'Ann');
  const bob = await enter(room, 'bob', 'Bob');
  await everybodySees({ ann, bob });
  // Sorts between the two: polite towards one, impolite towards the other.
  const anna = await enter(room, 'anna', 'Anna', { viewport: { width: 420, height: 800 } });
  await everybodySees({ ann, bob, anna });
  await ann.screenshot('three');
  await anna.screenshot('three-narrow');
  await anna.click('leave');
  await ann.tile('anna').waitFor({ state: 'detached' });
  await everybodySees({ ann, bob });
  await closeAll({ ann, bob, anna });
});

rule('three-who-come-at-once-are-all-connected', async room => {
  const [ann, bob, cyd] = await Promise.all(['ann', 'bob', 'cyd'].map(sub =>
    enter(room, sub, sub)));
  await everybodySees({ ann, bob, cyd });
  await closeAll({ ann, bob, cyd });
});

rule('a-camera-switched-off-and-on-again-is-seen-by-the-other', async room => {
  const ann = await enter(room, 'ann', 'Ann');
  const bob = await enter(room, 'bob', 'Bob');
  await everybodySees({ ann, bob });
  const picture = ann.page.locator('.tile.has-picture[data-client-id="bob"]');
  await picture.waitFor();
  await bob.click('camera');
  await picture.waitFor({ state: 'detached' });
  assert.equal(await bob.page.getAttribute('#camera', 'aria-pressed'), 'false');
  await ann.screenshot('camera-off');
  await bob.click('camera');
  await picture.waitFor();
  await bob.click('mic');
  assert.equal(await bob.page.getAttribute('#mic', 'aria-pressed'), 'false');
  await closeAll({ ann, bob });
});

rule('a-page-loaded-anew-is-connected-anew', async room => {
  const ann = await enter(room, 'ann', 'Ann');
  const bob = await enter(room, 'bob', 'Bob');
  await everybodySees({ ann, bob });
  await bob.close();
  const again = await enter(room, 'bob', 'Bob');
  await everybodySees({ ann, bob: again });
  await closeAll({ ann, bob: again });
});

rule('one-without-camera-and-microphone-joins-with-what-is-there-and-is-told', async room => {
  const ann = await enter(room, 'ann', 'Ann');
  const bob = await enter(room, 'bob', 'Bob', {
    setUp: page => page.addInitScript(() => {
      navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException('none', 'NotFoundError');
      };
    }),
  });
  await bob.untilSees('ann');
  await ann.untilConnected('bob');
  const notices = await bob.page.textContent('#notices');
  assert.match(notices, /microphone was not found.*camera was not found/);
  await bob.screenshot('no-devices');
  await closeAll({ ann, bob });
});

rule('a-page-that-loses-its-connection-comes-back-and-sees-the-others-again', async room => {
  const ann = await enter(room, 'ann', 'Ann');
  await ann.untilState('open');
  const before = service.running('beckon-handler');
  const bob = await enter(room, 'bob', 'Bob');
  await everybodySees({ ann, bob });
  const [handler] = service.running('beckon-handler').filter(pid => !before.includes(pid));
  process.kill(handler, 'SIGKILL');
  await bob.untilBackFrom('retrying');
  await everybodySees({ ann, bob });
  await bob.say('back again');
  await ann.untilHears('back again');
  await closeAll({ ann, bob });
});

rule('the-chat-endpoint-asks-for-no-camera', async room => {
  const token = await service.token({ sub: 'ann', name: 'Ann' });
  const ann = await browser.person({
    fragment: { endpoint: 'chat', room, token },
    setUp: page => page.addInitScript(() => {
      navigator.mediaDevices.getUserMedia = () => { throw new Error('asked for a camera'); };
    }),
  });
  const bob = await service.join({ endpoint: 'chat', room, sub: 'bob' });
  bob.send('add_chat', { chatContent: 'hi' });
  await ann.untilHears('hi');
  await ann.screenshot('chat');
  await closeAll({ ann });
});

rule('a-client-of-another-make-is-offered-sound-and-picture', async room => {
  const ann = await enter(room, 'ann', 'Ann');
  await ann.untilState('open');
  const other = await service.join({ room, sub: 'aaron' });
  // ann sorts last, so it is hers to begin.
  const { payload } = await other.next('offer', ({ clientId }) => clientId === 'ann', 10_000);
  assert.match(payload.sdp, /m=audio[^]*m=video/);
  await other.next('candidate', ({ sdpMid, sdpMLineIndex }) =>
    typeof sdpMid === 'string' && typeof sdpMLineIndex === 'number', 10_000);
  await ann.close();
});
