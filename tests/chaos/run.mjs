/* run – chaos: a load of people, one fault after the other, and then: was anything lost?
 *
 *   SEED=      the plan of faults and of what people do; made up and printed where it is not given
 *   SECONDS=   how long faults happen (MINUTES= as well); 180 by default
 *   FIRST=1    ends with the first violation
 *   VERBOSE=1  a line for each fault
 *   TRACE=FILE what everybody hears
 *
 * Exit status: 0 no rule was broken, 1 one was; then it says which, and how to have it again. */

import { cpSync, createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

import { compareChat, compareRosters, hearLastWords, lookForRemains, restoreQuiet }
  from './lib/checks.mjs';
import { makePlan } from './lib/plan.mjs';
import { Random } from './lib/random.mjs';
import { holdings } from './lib/remains.mjs';
import { RULES, Verdict } from './lib/verdict.mjs';
import { World } from './lib/world.mjs';

const { env } = process;
const seed = env.SEED || String(randomInt(2 ** 31));
const seconds = Number(env.SECONDS || (env.MINUTES ?? 3) * 60);
const PROGRESS = 5000; // ms between two lines

const verdict = new Verdict(line => console.log(line));
const say = line => console.log(`chaos: ${line}`);

function progress(world, begin) {
  const there = world.people.filter(person => person.isInRoom).length;
  say(`${Math.round((performance.now() - begin) / 1000)} s: ${world.faults} faults, `
    + `${world.answers} acknowledged, ${world.heardOf} heard, `
    + `${there} of ${world.people.length} in their rooms`);
}

async function suffer(world, plan) {
  const begin = performance.now();
  const lines = setInterval(() => progress(world, begin), PROGRESS);
  world.populate();
  for (const entry of plan) {
    await sleep(Math.max(0, begin + entry.at - performance.now()));
    const victim = world.strike(entry);
    if (env.VERBOSE)
      say(`${entry.at} ms: ${entry.fault} ${victim}`);
  }
  await sleep(Math.max(0, begin + seconds * 1000 - performance.now()));
  clearInterval(lines);
  progress(world, begin);
}

/* What everybody hears, for whoever looks for the cause. */
function traceTo(file) {
  const begin = performance.now();
  const stream = createWriteStream(file);
  return (who, text) => stream.write(
    `${Math.round(performance.now() - begin)} ${who} ${text.slice(0, 300)}\n`);
}

/* Someone has come and gone, so that everything is open that stays open; and each worker of the
 * authorizer has asked the broker something. */
async function warmUp(world) {
  const { service } = world;
  const token = await service.token({ sub: 'before' });
  await Promise.all(Array.from({ length: 60 }, () =>
    service.get(`/validate/zoom/before?token=${token}`)));
  for (const endpoint of ['chat', 'zoom']) {
    const client = await service.join({ endpoint, room: 'before', sub: 'before' });
    await client.ask('add_chat', { chatContent: 'hello' });
    await client.close();
  }
  while (JSON.parse(await service.ctl('rooms', '--json')).length > 0)
    await sleep(100);
  return holdings(service);
}

async function judge(world, before) {
  await restoreQuiet(world);
  await hearLastWords(world);
  await compareRosters(world);
  await compareChat(world);
  for (const { record } of world.rooms)
    record.judge();
  if (verdict.isGood || !env.FIRST)
    await lookForRemains(world, before);
}

function keepLogs(world) {
  const folder = fileURLToPath(new URL(`../../build/chaos/${seed}`, import.meta.url));
  mkdirSync(folder, { recursive: true });
  cpSync(`${world.service.state}/log`, folder, { recursive: true });
  writeFileSync(`${folder}/launcher.log`, world.service.run.output);
  say(`the logs are in ${folder}`);
}

function conclude() {
  const failed = verdict.broken.size, passed = Object.keys(RULES).length - failed;
  if (failed > 0) {
    for (const [rule, count] of verdict.broken)
      say(`${rule} (${RULES[rule]}): broken ${count} times`);
    say(`replay: make chaos SEED=${seed} SECONDS=${seconds}`);
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

async function main() {
  const plan = makePlan(new Random(seed, 'plan'), seconds * 1000);
  say(`seed ${seed}, ${seconds} s, ${plan.length} faults`);
  const world = await World.open(seed, verdict);
  if (env.TRACE)
    world.trace = traceTo(env.TRACE);
  try {
    const before = await warmUp(world);
    const whole = suffer(world, plan).then(() => judge(world, before));
    await (env.FIRST ? Promise.race([whole, verdict.first]) : whole);
  } finally {
    if (!verdict.isGood)
      keepLogs(world);
    await world.close().catch(error =>
      verdict.violate('nothing-is-left-over', { what: error.message }));
  }
  conclude();
}

await main();
process.exit();
