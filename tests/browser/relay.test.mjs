/* relay – a call of which no packet goes but through a TURN server, as behind a strict firewall. */

import assert from 'node:assert/strict';
import { after } from 'node:test';

import { Coturn } from '../e2e/lib/coturn.mjs';
import { withTurnSecret } from '../e2e/lib/keys.mjs';
import { suite } from '../e2e/lib/suite.mjs';
import { openBrowser } from './lib/browser.mjs';
import { closeAll, everybodySees } from './lib/people.mjs';

const SECRET = 'a-secret-that-coturn-shares-with-us';

const coturn = await Coturn.start(SECRET);
after(() => coturn.stop());

const env = { TURN_URLS: coturn.url };
const { service, rule } = await suite(env, withTurnSecret(env, SECRET));
const browser = await openBrowser(service);
after(() => browser.close());

/* In the page, before its scripts: nothing but relays may be used. */
function onlyRelays() {
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(configuration) {
      super({ ...configuration, iceTransportPolicy: 'relay' });
    }
  };
}

/* The two candidates over which that person is connected. */
function pathTo(person, clientId) {
  return person.page.evaluate(async id => {
    const stats = await window.beckonDebug.connection(id).getStats();
    const transport = [...stats.values()].find(({ type }) => type === 'transport');
    const pair = stats.get(transport.selectedCandidatePairId);
    return [pair.localCandidateId, pair.remoteCandidateId]
      .map(candidate => stats.get(candidate).candidateType);
  }, clientId);
}

rule('a-call-goes-through-relays-with-the-credentials-of-room-state', async room => {
  const setUp = page => page.addInitScript(onlyRelays);
  const ann = await browser.enter(room, 'ann', 'Ann Lee', { setUp });
  await ann.untilState('open');
  const bob = await browser.enter(room, 'bob', 'Bob Ray', { setUp });
  await everybodySees({ ann, bob });
  assert.deepEqual(await pathTo(ann, 'bob'), ['relay', 'relay']);
  assert.match(coturn.log, /user <\d+:ann>: .*ALLOCATE processed, success/);
  assert.match(coturn.log, /user <\d+:bob>: .*ALLOCATE processed, success/);
  await closeAll({ ann, bob });
});
