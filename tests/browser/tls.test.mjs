/* tls – the demo page by https and wss, and what its policy forbids in a real browser. */

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { rmSync } from 'node:fs';

import { makeCertificate } from '../e2e/lib/certificate.mjs';
import { freePort } from '../e2e/lib/ports.mjs';
import { makeFolder } from '../e2e/lib/service.mjs';
import { suite } from '../e2e/lib/suite.mjs';
import { openBrowser } from './lib/browser.mjs';
import { closeAll, everybodySees } from './lib/people.mjs';

const folder = makeFolder();
after(() => rmSync(folder, { recursive: true, force: true }));
const { certificate, key } = makeCertificate(folder, 'demo');
const { service, rule } = await suite({
  TLS_CERTIFICATE: certificate, TLS_KEY: key, TLS_PORT: String(await freePort()),
});
const browser = await openBrowser(service, ['--ignore-certificate-errors']);
after(() => browser.close());

rule('two-pages-meet-over-tls', async room => {
  const ann = await browser.enter(room, 'ann', 'Ann');
  const bob = await browser.enter(room, 'bob', 'Bob');
  await everybodySees({ ann, bob });
  assert.equal(await ann.page.evaluate(() => isSecureContext), true);
  await closeAll({ ann, bob });
});

/* Were somebody's words ever taken for markup, this is what would still stand in their way. */
rule('nothing-foreign-runs-or-is-loaded', async room => {
  const ann = await browser.enter(room, 'ann', 'Ann');
  await ann.untilState('open');
  const forbidden = await ann.page.evaluate(async () => {
    const found = [];
    const violations = [];
    addEventListener('securitypolicyviolation', event => violations.push(event.effectiveDirective));
    const tries = {
      markup: () => { document.body.innerHTML = '<b>x</b>'; },
      code: () => { document.createElement('script').text = 'window.ran = 1'; },
      fetch: () => fetch('https://localhost:9/'),
      socket: () => new Promise((resolve, reject) => {
        const socket = new WebSocket('wss://localhost:9/');
        socket.onerror = reject;
        socket.onopen = resolve;
      }),
      worker: () => new Worker(URL.createObjectURL(new Blob(['1']))),
    };
    for (const [name, act] of Object.entries(tries))
      await Promise.resolve().then(act).catch(() => found.push(name));
    const image = new Image();
    image.src = 'https://localhost:9/x.png';
    await new Promise(resolve => { image.onerror = resolve; });
    await new Promise(resolve => setTimeout(resolve)); // violations are told as tasks
    return { found, violations, ran: window.ran };
  });
  assert.deepEqual(forbidden.found, ['markup', 'code', 'fetch', 'socket', 'worker']);
  assert.deepEqual([...new Set(forbidden.violations)].sort(),
    ['connect-src', 'img-src', 'require-trusted-types-for']);
  assert.equal(forbidden.ran, undefined);
  await ann.close();
});
