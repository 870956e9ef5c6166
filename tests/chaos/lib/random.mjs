/* random – numbers from a seed: the same seed and the same name give the same ones, for ever.
 *
 * Every person and the plan of faults have a stream of their own, so that what one of them asks for
 * does not change what another one gets. */

import { createHash } from 'node:crypto';

export class Random {
  #state;

  constructor(seed, name) {
    this.#state = createHash('sha256').update(`${seed}/${name}`).digest().readUInt32LE(0);
  }

  /* 0 ≤ n < 1: mulberry32. */
  next() {
    this.#state = (this.#state + 0x6D2B79F5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  between(low, high) {
    return low + this.next() * (high - low);
  }

  below(count) {
    return Math.floor(this.next() * count);
  }

  chance(part) {
    return this.next() < part;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /* One of {name: weight, …}, by weight. */
  weigh(weights) {
    const entries = Object.entries(weights);
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      left -= weight;
      if (left < 0)
        return name;
    }
    return entries.at(-1)[0];
  }

  shuffle(list) {
    const shuffled = [...list];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
    }
    return shuffled;
  }
}
