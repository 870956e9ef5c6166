/* join – the way in, and what a person is told who is not let in. */

import assert from 'node:assert/strict';
import { after } from 'node:test';

import { Service } from '../e2e/lib/service.mjs';
import { suite } from '../e2e/lib/suite.mjs';
import { damage, forge } from '../e2e/lib/tokens.mjs';
import { openBrowser } from './lib/browser.mjs';

const { service, rule } = await suite();
const { secret } = service.key;
const browser = await openBrowser(service);
after(() => browser.close());

rule('a-refused-token-is-said-to-be-refused-and-why', async room => {
  const good = forge({ secret });
  const rows = [
    [damage(good), 'token_invalid', /./],
    [forge({ secret, claims: { exp: 1 } }), 'token_expired', /expired/i],
    [forge({ secret, claims: { room: 'elsewhere' } }), 'room_forbidden', /grant/],
    ['nonsense', 'token_invalid', /./],
  ];
  for (const [token, word, text] of rows) {
    const person = await browser.person({ fragment: { room, token } });
    const problem = await person.problem();
    assert.equal(problem.word, word);
    assert.match(problem.text, text);
    assert.equal(await person.page.inputValue('[name=room]'), room);
    await person.screenshot(`refused-${word}`);
    await person.close();
  }
});

rule('the-token-does-not-stay-in-the-address-bar', async room => {
  const token = forge({ secret, claims: { exp: 1 } });
  const person = await browser.person({ fragment: { room, token, name: 'Ann' } });
  await person.problem();
  const address = new URL(person.page.url());
  assert.ok(!address.href.includes(token.split('.')[1]));
  assert.equal(new URLSearchParams(address.hash.slice(1)).get('room'), room);
  await person.close();
});

rule('without-a-token-a-form-asks-for-it', async room => {
  const person = await browser.person({ fragment: { room, name: 'Ann' } });
  await person.page.locator('#join').waitFor();
  assert.equal(await person.page.inputValue('[name=room]'), room);
  assert.match(await person.page.textContent('#join-title'), /Ann/);
  await person.screenshot('join');
  await person.page.fill('[name=token]', await service.token({ sub: 'ann' }));
  await person.page.click('#join button');
  await person.untilState('open');
  assert.deepEqual(person.errors, []);
  await person.close();
});

rule('a-page-of-an-origin-that-is-not-allowed-is-told-of-that-possibility', async room => {
  const other = await Service.start({ ALLOWED_ORIGINS: 'https://elsewhere.example' });
  try {
    const token = await other.token({ sub: 'ann' });
    const person = await browser.person({ at: other, fragment: { room, token } });
    await person.untilState('retrying');
    const text = await person.page.textContent('#status');
    assert.ok(text.includes(`pages from ${other.origin} may not connect`), text);
    await person.close();
  } finally {
    await other.stop();
  }
});

rule('names-cannot-break-the-page', async room => {
  const name = '<img src=x onerror=alert(1)>';
  const person = await browser.person({ fragment: { room: `${room}"><b>`, name } });
  await person.page.locator('#join').waitFor();
  assert.equal(await person.page.locator('#join img, #join b').count(), 0);
  assert.deepEqual(person.errors, []);
  await person.close();
});
