/* browser – Chromium with cameras and microphones made up, and people who open the demo page.
 *
 * A person is a page in a context of its own: no cookies, storage or permissions are shared. */

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

import { SLOWER } from '../../e2e/lib/waiting.mjs';

const SCREENSHOTS = fileURLToPath(new URL('../../../build/screenshots/', import.meta.url));
const VIEWPORT = { width: 1200, height: 760 };
const PATIENCE = 20_000 * SLOWER;

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--use-fake-device-for-media-stream=fps=10', // fewer pictures to encode
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  // Host candidates as addresses: there may be no multicast to resolve .local names with.
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  // Nothing but the service under test is talked to.
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
];

export async function openBrowser(service, flags = []) {
  const browser = await chromium.launch({
    executablePath: process.env.BECKON_CHROMIUM ?? '/usr/bin/chromium',
    args: [...FLAGS, ...flags],
  });

  /* Opens the demo page. setUp(page) may prepare it before it loads. */
  async function person({ at = service, fragment = {}, setUp = () => {}, ...looks }) {
    const context = await browser.newContext({ viewport: VIEWPORT, ...looks });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const someone = new Person(page);
    await page.addInitScript(rememberStates);
    await setUp(page);
    await page.goto(`${at.origin}/#${new URLSearchParams(fragment)}`);
    return someone;
  }

  /* A person with a good token, on the way in; more may hold looks, and an endpoint. */
  async function enter(room, sub, name, { endpoint = 'zoom', ...more } = {}) {
    const token = await service.token({ sub, name });
    return person({ fragment: { endpoint, room, token, name }, ...more });
  }

  return { person, enter, close: () => browser.close() };
}

/* In the page: every state it was ever in, however short, as one that comes back at once is retrying
 * for less time than anybody looks. */
function rememberStates() {
  window.states = [];
  new MutationObserver(changes => {
    window.states.push(...changes.map(({ oldValue }) => oldValue),
      document.documentElement.dataset.state);
  }).observe(document, {
    subtree: true, attributes: true, attributeFilter: ['data-state'], attributeOldValue: true,
  });
}

export class Person {
  errors = []; // of scripts and of the content security policy; a good page has none

  constructor(page) {
    this.page = page;
    page.on('pageerror', error => this.errors.push(error.message));
    page.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning')
        this.errors.push(message.text());
    });
  }

  tile(clientId) {
    return this.page.locator(`#grid [data-client-id="${clientId}"]`);
  }

  /* A row of the list of people. */
  row(clientId) {
    return this.page.locator(`#roster [data-client-id="${clientId}"]`);
  }

  /* Does one of the things that can be done to somebody; `words` answer the question before it. */
  async act(clientId, name, words) {
    await this.row(clientId).locator('summary').click();
    await this.row(clientId).locator(`[data-act="${name}"]`).click();
    if (words !== undefined)
      await this.confirm(words);
  }

  async confirm(words) {
    await this.page.fill('#confirm input', words);
    await this.page.click('#confirm-action');
  }

  /* Answers somebody at the door: list is `waiting` or `requests`, answer `yes` or `no`. */
  async answer(list, clientId, answer) {
    await this.page.locator(`#${list} [data-client-id="${clientId}"] .${answer}`).click();
  }

  message(text) {
    return this.page.locator('#messages li').filter({ hasText: text });
  }

  notice(topic) {
    return this.page.locator(`#notices [data-topic="${topic}"]`);
  }

  /* Pictures of that person's screen are shown. */
  async untilSeesScreen(clientId) {
    await this.page.waitForFunction(id => {
      const video = document.querySelector(`#screens [data-client-id="${id}"] video`);
      return video?.videoWidth > 0 && video.getVideoPlaybackQuality().totalVideoFrames > 3;
    }, clientId, { timeout: PATIENCE });
    await this.screen(clientId).locator('video').waitFor();
  }

  screen(clientId) {
    return this.page.locator(`#screens [data-client-id="${clientId}"]`);
  }

  async untilState(state) {
    await this.page.waitForSelector(`html[data-state="${state}"]`);
  }

  /* It is or has been in this state, and comes out of it. */
  async untilBackFrom(state) {
    await this.page.waitForFunction(wanted => window.states.includes(wanted)
      && document.documentElement.dataset.state === 'open', state);
  }

  /* The peer connection to that person is up, and pictures of it are decoded. */
  async untilSees(clientId) {
    await this.untilConnected(clientId);
    await this.page.waitForFunction(async id => {
      const reports = await window.beckonDebug.connection(id)?.getStats();
      return [...reports?.values() ?? []].some(report => report.type === 'inbound-rtp'
        && report.kind === 'video' && report.framesDecoded > 5);
    }, clientId, { timeout: PATIENCE });
  }

  async untilConnected(clientId) {
    await this.page.waitForFunction(
      id => window.beckonDebug?.connection(id)?.connectionState === 'connected',
      clientId, { timeout: PATIENCE });
  }

  /* Bytes of sound that came in from that person, by now. */
  soundFrom(clientId) {
    return this.page.evaluate(async id => {
      const reports = await window.beckonDebug.connection(id).getStats();
      return [...reports.values()].find(report => report.type === 'inbound-rtp'
        && report.kind === 'audio')?.bytesReceived ?? 0;
    }, clientId);
  }

  async say(text) {
    await this.page.fill('#say input', text);
    await this.page.press('#say input', 'Enter');
  }

  async untilHears(text) {
    await this.page.locator('#messages .text').filter({ hasText: text }).first().waitFor();
  }

  async click(control) {
    await this.page.click(`#${control}`);
  }

  async problem() {
    const problem = this.page.locator('#join-problem');
    await problem.waitFor();
    return { text: await problem.textContent(), word: await problem.getAttribute('data-word') };
  }

  async screenshot(name) {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
  }

  close() {
    return this.page.context().close();
  }
}
