/* share – screens: asked for, allowed, seen, stopped. */

import assert from 'node:assert/strict';
import { after } from 'node:test';

import { suite } from '../e2e/lib/suite.mjs';
import { openBrowser } from './lib/browser.mjs';
import { closeAll, enterTwo, everybodySees } from './lib/people.mjs';

const { service, rule } = await suite();
const browser = await openBrowser(service);
after(() => browser.close());

const two = room => enterTwo(browser, room);

async function hostAsks(ann) {
  await ann.page.click('#set-ask');
  await ann.page.locator('#set-ask:checked').waitFor();
}

rule('where-hosts-are-asked-a-share-begins-with-their-yes-and-ends-with-their-stop', async room => {
  const { ann, bob } = await two(room);
  await hostAsks(ann);
  await bob.click('share');
  await bob.page.getByText('Asked …').waitFor();
  assert.equal(await ann.screen('bob').count(), 0);
  await ann.screenshot('share-asked');
  await ann.answer('requests', 'bob', 'yes');
  await ann.untilSeesScreen('bob');
  assert.equal(await bob.page.getAttribute('#share', 'aria-pressed'), 'true');
  await ann.untilSees('bob');

  const cyd = await browser.enter(room, 'cyd', 'Cyd', { colorScheme: 'dark' });
  await cyd.untilSeesScreen('bob'); // who comes late sees it as well
  await everybodySees({ ann, bob, cyd });
  await ann.screenshot('share-host');
  await cyd.screenshot('share-late-dark');

  await ann.act('bob', 'stop-share');
  for (const person of [ann, cyd])
    await person.screen('bob').waitFor({ state: 'detached' });
  await bob.notice('share').getByText('Ann Lee has stopped your screen share.').waitFor();
  assert.equal(await bob.page.getAttribute('#share', 'aria-pressed'), 'false');
  await bob.click('share'); // the grant is gone with the share
  await ann.answer('requests', 'bob', 'no');
  await bob.notice('share').getByText('Ann Lee does not want you to share').waitFor();
  await closeAll({ ann, bob, cyd });
});

rule('a-share-can-be-stopped-by-the-browser-and-begun-again', async room => {
  const { ann, bob } = await two(room);
  await bob.page.evaluate(() => {
    const { mediaDevices } = navigator;
    const original = mediaDevices.getDisplayMedia.bind(mediaDevices);
    mediaDevices.getDisplayMedia = async wanted => {
      window.captured = await original(wanted);
      return window.captured;
    };
  });
  await bob.click('share');
  await ann.untilSeesScreen('bob');
  await bob.page.evaluate(() => { // as the browser's own button does
    const [track] = window.captured.getTracks();
    track.stop();
    track.dispatchEvent(new Event('ended'));
  });
  await ann.screen('bob').waitFor({ state: 'detached' });
  await bob.click('share');
  await ann.untilSeesScreen('bob');
  await bob.click('share');
  await ann.screen('bob').waitFor({ state: 'detached' });
  await closeAll({ ann, bob });
});

rule('a-yes-that-took-too-long-for-the-browser-needs-one-more-click', async room => {
  const { ann, bob } = await two(room);
  await hostAsks(ann);
  await bob.page.evaluate(() => {
    const { mediaDevices } = navigator;
    mediaDevices.getDisplayMedia = async () => {
      delete mediaDevices.getDisplayMedia;
      throw new DOMException('no click', 'InvalidStateError');
    };
  });
  await bob.click('share');
  await ann.answer('requests', 'bob', 'yes');
  await bob.notice('share').locator('.action').click();
  await ann.untilSeesScreen('bob');
  await closeAll({ ann, bob });
});

rule('two-who-begin-to-share-at-once-see-each-others-screen', async room => {
  const { ann, bob } = await two(room);
  await Promise.all([ann.click('share'), bob.click('share')]);
  await ann.untilSeesScreen('bob');
  await bob.untilSeesScreen('ann');
  await everybodySees({ ann, bob });
  await closeAll({ ann, bob });
});

rule('a-screen-that-the-room-does-not-know-of-is-not-shown', async room => {
  const { ann, bob } = await two(room);
  await bob.page.evaluate(() => {
    const canvas = document.createElement('canvas');
    const connection = window.beckonDebug.connection('ann');
    canvas.getContext('2d').fillRect(0, 0, 10, 10);
    connection.addTransceiver(canvas.captureStream(5).getTracks()[0]);
  });
  await ann.page.waitForFunction(() => window.beckonDebug.connection('bob').getTransceivers()
    .some(({ mid, receiver }) => mid > 1 && receiver.track.readyState === 'live'));
  assert.equal(await ann.page.locator('#screens video').count(), 0);
  await ann.untilSees('bob');
  await closeAll({ ann, bob });
});

rule('a-page-that-comes-back-shares-on', async room => {
  const ann = await browser.enter(room, 'ann', 'Ann');
  await ann.untilState('open');
  const before = service.running('beckon-handler');
  const bob = await browser.enter(room, 'bob', 'Bob');
  await everybodySees({ ann, bob });
  const [handler] = service.running('beckon-handler').filter(pid => !before.includes(pid));
  await bob.click('share');
  await ann.untilSeesScreen('bob');
  process.kill(handler, 'SIGKILL');
  await bob.untilBackFrom('retrying');
  await ann.untilSeesScreen('bob');
  await closeAll({ ann, bob });
});
