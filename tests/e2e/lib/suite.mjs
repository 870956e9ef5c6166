/* suite – a running service for one test file, and tests that show its logs when they fail. */

import { after, test } from 'node:test';

import { Service } from './service.mjs';
import { SLOWER } from './waiting.mjs';

const TEST_LIMIT = 60_000 * SLOWER;

let count = 0;

/* Starts a service with these configuration keys; it is stopped after the last test. prepare(state)
 * is called before there is anything in its folder. rule(name, fn) is a test; fn gets a room name
 * nobody else uses, and the test. */
export async function suite(env = {}, prepare = undefined) {
  const service = await Service.start(env, prepare);
  after(() => service.stop());

  const rule = (name, run, options) => test(name, { timeout: TEST_LIMIT, ...options }, async t => {
    const room = `r${process.pid}-${++count}`;
    try {
      await run(room, t);
    } catch (error) {
      error.message += `\n${service.logs()}`;
      throw error;
    } finally {
      await Promise.all(service.clients.splice(0).map(client => client.close()));
    }
  });
  return { service, rule };
}
