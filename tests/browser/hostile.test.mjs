/* hostile – everything that others choose, made of markup: on the page it is text. */

import assert from 'node:assert/strict';
import { after } from 'node:test';

import { does } from '../e2e/lib/asking.mjs';
import { suite } from '../e2e/lib/suite.mjs';
import { openBrowser } from './lib/browser.mjs';

const { service, rule } = await suite();
const browser = await openBrowser(service);
after(() => browser.close());

const MARKUP = [
  '<img src=x onerror="window.hit=1">',
  '</script><script>window.hit=2</script>',
  '</textarea></title></style><svg onload=window.hit=3>',
  '"><iframe srcdoc="<script>parent.hit=4</script>">',
  'javascript:window.hit=5//',
  '&lt;b&gt; &amp; ${window.hit=6} {{7*7}}',
];
const EMOJI = '<img onerror=a>'; // 16 code points at most
const RTL = '\u202egnp.exe\u202c \u05d0\u05d1\u05d2';

/* Counts what no text may bring about, and what the policy had to stop. */
async function watch(page) {
  await page.addInitScript(() => {
    window.hit = 0;
    window.alert = () => { window.hit = 'alert'; };
  });
}

async function isUnharmed(person) {
  const found = await person.page.evaluate(() => ({
    hit: window.hit,
    foreign: document.querySelectorAll('img, iframe, object, embed, main script, [onerror], [onload]')
      .length,
    scripts: [...document.scripts].filter(({ src }) => new URL(src).origin !== location.origin).length,
  }));
  assert.deepEqual(found, { hit: 0, foreign: 0, scripts: 0 });
  assert.deepEqual(person.errors, [], 'the policy had nothing to stop');
}

rule('names-chat-and-reactions-made-of-markup-are-text', async room => {
  const ann = await browser.enter(room, 'ann', MARKUP[0], { endpoint: 'chat', setUp: watch });
  await ann.untilState('open');
  const others = [];
  for (const [i, text] of MARKUP.entries())
    others.push(await service.join({ endpoint: 'chat', room, sub: `${i}"><b>`, name: text }));
  for (const [i, other] of others.entries()) {
    await ann.page.locator('#roster .name').getByText(MARKUP[i], { exact: true }).first().waitFor();
    await does(other, 'add_chat', { chatContent: MARKUP[i], chatId: `"] ${MARKUP[i]}` });
    await does(other, 'typing', { isTyping: true });
    await does(other, 'reaction', { emoji: EMOJI });
    await does(other, 'reaction', { emoji: EMOJI, chatId: `"] ${MARKUP[i]}` });
  }
  for (const text of MARKUP) {
    await ann.page.locator('#messages .text').getByText(text, { exact: true }).waitFor();
    await ann.page.locator('#messages .from .name').getByText(text, { exact: true }).waitFor();
  }
  await ann.page.locator('#messages .reactions').getByText(EMOJI).nth(MARKUP.length - 1).waitFor();
  await isUnharmed(ann);

  const [first] = others; // goes, and is told of in a sentence
  await does(first, 'edit_chat', { chatId: `"] ${MARKUP[0]}`, chatContent: MARKUP[1] });
  await does(first, 'delete_chat', { chatId: `"] ${MARKUP[0]}` });
  await ann.page.getByText(`${MARKUP[0]} has deleted a message.`).waitFor();
  first.send('leave');
  await ann.page.getByText(`${MARKUP[0]} has left.`).waitFor();
  await isUnharmed(ann);
  await ann.screenshot('hostile-chat');
  await ann.close();
});

rule('on-a-call-too-and-in-what-hosts-are-asked', async room => {
  const ann = await browser.enter(room, 'ann', 'Ann Lee', { setUp: watch });
  await ann.untilState('open');
  const bob = await service.join({ room, sub: 'bob<i>', name: MARKUP[1] });
  await ann.page.locator('#grid .name').getByText(MARKUP[1], { exact: true }).waitFor();
  await does(bob, 'reaction', { emoji: EMOJI });
  await does(bob, 'raise_hand');
  await does(bob, 'request_screenshare');
  await ann.page.locator('#requests .name, #roster .name').getByText(MARKUP[1], { exact: true })
    .first().waitFor();
  await isUnharmed(ann);
  await ann.close();
});

rule('the-words-of-a-host-who-sends-one-away-are-text', async room => {
  const host = await service.join({ endpoint: 'chat', room, sub: 'host', name: MARKUP[3] });
  const bob = await browser.enter(room, 'bob', 'Bob', { endpoint: 'chat', setUp: watch });
  await bob.untilState('open');
  await does(host, 'kick', { clientId: 'bob', reason: MARKUP[0] });
  await bob.page.getByText(`${MARKUP[3]} has removed you from the room. “${MARKUP[0]}”`).waitFor();
  await isUnharmed(bob);
  await bob.close();
});

/* A name that is written from the right leaves what stands behind it where it is. */
rule('a-name-does-not-turn-the-text-around-it', async room => {
  const ann = await browser.enter(room, 'ann', 'Ann Lee', { endpoint: 'chat', setUp: watch });
  await ann.untilState('open');
  const bob = await service.join({ endpoint: 'chat', room, sub: 'bob', name: RTL });
  await does(bob, 'add_chat', { chatContent: RTL });
  const name = 'gnp.exe \u05d0\u05d1\u05d2';
  await ann.page.locator('#messages .from .name').getByText(name, { exact: true }).waitFor();
  assert.equal(await ann.page.locator('#messages .from .name').first()
    .evaluate(element => getComputedStyle(element).unicodeBidi), 'isolate');
  bob.send('leave');
  await ann.page.getByText(`${name} has left.`).waitFor();
  await isUnharmed(ann);
  await ann.close();
});

/* The room stands in the address, and whoever sends a link chooses that. */
rule('a-room-in-a-link-is-text-and-a-bad-one-is-refused', async () => {
  const person = await browser.person({ setUp: watch,
    fragment: { room: MARKUP[0], name: MARKUP[1], token: 'a.b.c', endpoint: '"><img src=x>' } });
  await person.problem();
  const { hit, images } = await person.page.evaluate(() =>
    ({ hit: window.hit, images: document.images.length }));
  assert.deepEqual([hit, images], [0, 0]);
  await person.close();
});
