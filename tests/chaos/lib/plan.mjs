/* plan – what is going to fail, when, and for how long: all of it from the seed.
 *
 * Faults come in rounds, each kind once a round (the broker's death twice) and in another order, so
 * that a short run has seen them all. A plan does not know how the last fault went: the next one comes when it comes. */

import { FAULTS } from './faults.mjs';

const FIRST = 1500;         // ms, for people to be there
const BETWEEN = [300, 1400]; // ms from one fault to the next

export function makePlan(random, length) {
  const plan = [];
  let round = [];
  for (let at = FIRST; at < length; at += random.between(...BETWEEN)) {
    if (round.length === 0)
      round = random.shuffle([...Object.keys(FAULTS), 'kill-broker']);
    plan.push({ at: Math.round(at), fault: round.pop(), whom: random.next(), how: random.next() });
  }
  return plan;
}
