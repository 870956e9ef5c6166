/* planted – would chaos notice? Brokers with one fault each (planted/, put in at the linker's seams)
 * are run under the same seed as a good one, and each has to be found by the rule it breaks. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { PROGRAMS } from '../e2e/lib/service.mjs';

const RUN = fileURLToPath(new URL('run.mjs', import.meta.url));
const LIMIT = 600_000;
const SEED = process.env.SEED || '3', SECONDS = process.env.SECONDS || '20';

const PLANTED = {
  'drop-replay': 'nothing-is-lost',
  'acknowledge-first': 'acknowledged-chat-is-in-recents',
  'forget-rejoin': 'nobody-is-dropped',
  // A chat that is added again is refused, as its id is taken.
  'duplicate-resent': 'nothing-comes-twice|nothing-is-refused',
  'leak-room': 'nothing-is-left-over',
};

/* → {code, output} of a run with these programs. */
function suffer(programs) {
  return new Promise(resolve => {
    const env = { ...process.env, BECKON_PROGRAMS: programs, SEED, SECONDS, FIRST: '1' };
    execFile(process.execPath, [RUN], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, output: stdout + stderr }));
  });
}

const symbols = file => readFileSync(file, 'latin1');

describe('chaos', { concurrency: 2 }, () => {
  for (const [name, rule] of Object.entries(PLANTED).reverse())
    test(`${name}-is-found-as-${rule.replace('|', '-or-')}`, { timeout: LIMIT }, async () => {
      const programs = path.join(PROGRAMS, 'planted', name);
      assert.match(symbols(path.join(programs, 'beckon-broker')), /__wrap_\w+/, 'it is in there');
      const { code, output } = await suffer(programs);
      const found = /^VIOLATION ([\w-]+): room \S+ client \S+ .*$/m.exec(output);
      assert.equal(code, 1, output);
      assert.ok(rule.split('|').includes(found?.[1]), output);
      assert.match(output, new RegExp(`replay: make chaos SEED=${SEED} SECONDS=${SECONDS}$`, 'm'));
      console.log(found[0]);
    });

  test('without-a-fault-the-same-seed-passes', { timeout: LIMIT }, async () => {
    const { code, output } = await suffer(PROGRAMS);
    assert.equal(code, 0, output);
    console.log(output.trim());
  });

  test('the-programs-have-no-trace-of-a-planted-fault', () => {
    for (const name of ['beckon-broker', 'beckon-authorizer', 'beckon-handler', 'beckonctl']) {
      const text = symbols(path.join(PROGRAMS, name));
      assert.doesNotMatch(text, /planted|A fault to be found/);
      for (const seam of ['channel_replay', 'store_commit', 'broker_rejoin', 'broker_keep',
        'core_event', 'vacancy_begin'])
        assert.ok(!text.includes(`__wrap_${seam}`), `${name}: ${seam}`);
    }
  });
});
