/* restart – the whole service is restarted under a crowd that comes back by itself.
 *
 * What a service says to all at once it hears from all at once. So a drain spreads both, and the
 * next service sees a stream. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { crowd } from './lib/guest.mjs';
import { Service } from './lib/service.mjs';
import { forge } from './lib/tokens.mjs';
import { SLOWER, until } from './lib/waiting.mjs';

// Enough to take all of DRAIN, and to be told from chance: of 100 that come in 2 s some bucket has
// more than ten every other time.
const PEOPLE = SLOWER > 1 ? 400 : 1000;
const DRAIN = 5_000; // ms
const BUCKET = 100; // ms
const CROWDED = 5; // times the mean share of a bucket

/* How many of these moments fall into each bucket, from the first on. */
function buckets(times) {
  const first = Math.min(...times);
  const counts = new Array(Math.floor((Math.max(...times) - first) / BUCKET) + 1).fill(0);
  for (const time of times)
    counts[Math.floor((time - first) / BUCKET)]++;
  return counts;
}

const seconds = (from, to) => ((to - from) / 1000).toFixed(1);

test('a-restart-under-a-thousand-clients-does-not-stampede', { timeout: 300_000 }, async () => {
  const service = await Service.start({ DRAIN_SECONDS: String(DRAIN / 1000) });
  const { secret, kid } = service.key;
  const address = (room, sub) => service.address({
    room, token: forge({ secret, header: { kid }, claims: { sub } }),
  });
  let guests = [];
  try {
    guests = await crowd(PEOPLE, address);
    const began = performance.now();
    for (const guest of guests)
      guest.attempts.length = 0;
    await service.end();
    const ended = performance.now();
    await service.begin();
    const ready = performance.now();
    await until('all to be back', () => guests.every(guest => guest.arrivals.length === 2), 120_000);
    const back = performance.now();

    for (const guest of guests) {
      assert.equal(guest.byes.length, 1);
      assert.equal(guest.byes[0].reason, 'draining');
      assert.equal(typeof guest.states[1].recovered, 'boolean', 'resumed, or told that it is not');
    }
    const tries = guests.map(guest => guest.attempts.length);
    const refused = guests.flatMap(guest => guest.refusals);
    assert.ok(Math.max(...tries) <= 4, `${Math.max(...tries)} tries`);
    assert.ok(refused.length <= PEOPLE / 2, `${refused.length} refusals`);

    // The first tries are the service's doing; later ones, where it was not up yet, the client's.
    const all = buckets(guests.map(guest => guest.attempts[0]));
    const mean = PEOPLE / (Math.max(DRAIN, PEOPLE * 5) / BUCKET);
    assert.ok(Math.max(...all) <= CROWDED * mean, `of ${PEOPLE} in ${BUCKET} ms: ${all}`);
    assert.equal(JSON.parse(await service.ctl('status', '--json')).connections, PEOPLE);
    const recovered = guests.filter(guest => guest.states[1].recovered).length;
    console.log(`${PEOPLE} clients: drained and stopped in ${seconds(began, ended)} s, ready again`
      + ` after ${seconds(ended, ready)} s, all back after ${seconds(ready, back)} s more`);
    console.log(`in ${BUCKET} ms: mean ${mean}, most ${Math.max(...all)}; tries ${Math.max(...tries)}`
      + ` at most; refused ${refused.length}: ${[...new Set(refused)]}; recovered ${recovered}`);
  } catch (error) {
    error.message += `\n${service.logs()}`;
    throw error;
  } finally {
    for (const guest of guests)
      guest.leave();
    await service.stop();
  }
});
