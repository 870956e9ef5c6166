/* chat – words on the page: changed, deleted, private, remembered, reacted to. */

import assert from 'node:assert/strict';
import { after } from 'node:test';

import { suite } from '../e2e/lib/suite.mjs';
import { openBrowser } from './lib/browser.mjs';
import { closeAll } from './lib/people.mjs';

const { service, rule } = await suite();
const browser = await openBrowser(service);
after(() => browser.close());

/* The chat's own endpoint asks for no devices, which is quicker. */
async function enter(room, sub, name, looks) {
  const person = await browser.enter(room, sub, name, { endpoint: 'chat', ...looks });
  await person.untilState('open');
  return person;
}

rule('authors-change-and-delete-their-messages-and-hosts-delete-any', async room => {
  const ann = await enter(room, 'ann', 'Ann Lee');
  const bob = await enter(room, 'bob', 'Bob Ray', { colorScheme: 'dark' });
  await bob.say('helo');
  await ann.untilHears('helo');
  assert.equal(await ann.message('helo').locator('.edit').isVisible(), false);
  await bob.message('helo').hover();
  await bob.message('helo').locator('.edit').click();
  assert.equal(await bob.page.inputValue('#say input'), 'helo');
  await bob.say('hello <i>all</i>');
  await ann.message('hello <i>all</i>').locator('.edited').waitFor();
  assert.equal(await ann.message('helo').count(), 0);

  await ann.say('mine');
  await bob.untilHears('mine');
  await bob.message('mine').hover();
  assert.equal(await bob.message('mine').locator('.remove').isVisible(), false);
  await ann.message('hello').hover();
  await ann.screenshot('chat-host');
  await ann.message('hello').locator('.remove').click();
  await bob.page.getByText('Ann Lee has deleted a message of Bob Ray.').waitFor();
  assert.equal(await bob.message('hello').count(), 0);
  await bob.say('again');
  await bob.message('again').hover();
  await bob.message('again').locator('.remove').click();
  await ann.page.getByText('Bob Ray has deleted a message.').waitFor();
  await bob.screenshot('chat-dark');
  await closeAll({ ann, bob });
});

rule('who-comes-late-reads-what-was-said-in-its-order', async room => {
  const ann = await enter(room, 'ann', 'Ann');
  for (const text of ['one', 'two', 'three'])
    await ann.say(text);
  await ann.untilHears('three');
  const bob = await enter(room, 'bob', 'Bob');
  await bob.untilHears('three');
  const texts = await bob.page.locator('#messages .text').allTextContents();
  assert.deepEqual(texts, ['one', 'two', 'three']);
  await closeAll({ ann, bob });
});

rule('a-private-message-is-seen-by-the-two-and-marked', async room => {
  const ann = await enter(room, 'ann', 'Ann');
  const bob = await enter(room, 'bob', 'Bob');
  const cyd = await enter(room, 'cyd', 'Cyd');
  await ann.row('bob').waitFor();
  await ann.act('bob', 'write');
  await ann.say('psst');
  await ann.message('psst').getByText('to Bob alone').waitFor();
  await bob.message('psst').getByText('to you alone').waitFor();
  await ann.page.selectOption('#say select', '');
  await ann.say('for all');
  await cyd.untilHears('for all');
  assert.equal(await cyd.message('psst').count(), 0);
  await closeAll({ ann, bob, cyd });
});

rule('typing-and-reactions-are-shown', async room => {
  const ann = await enter(room, 'ann', 'Ann');
  const bob = await enter(room, 'bob', 'Bob', { viewport: { width: 400, height: 760 } });
  await bob.page.locator('#say input').pressSequentially('hi');
  await ann.page.getByText('Bob is typing …').waitFor();
  await bob.page.press('#say input', 'Enter');
  await ann.untilHears('hi');
  assert.equal(await ann.page.textContent('#typing'), '');
  await ann.message('hi').hover();
  await ann.message('hi').locator('.react').first().click();
  await bob.message('hi').locator('.reactions').getByText('👍').waitFor();
  await bob.screenshot('chat-narrow');
  await closeAll({ ann, bob });
});
