/* instances – see tests/instances. */

import { Client } from './e2e/lib/client.mjs';
import * as processes from './e2e/lib/processes.mjs';
import { Service } from './e2e/lib/service.mjs';
import { forge } from './e2e/lib/tokens.mjs';

const [, , people, ...numbers] = process.argv.map(Number);
const SIDE_BY_SIDE = 16; // who come in at the same time
const MESSAGES = 20; // of one in each room of four
const ROUNDS = 3; // the machine's other work comes and goes

const instances = service => service.running('websocketd');
const memory = service => [...instances(service), ...service.running('nginx')]
  .map(processes.privateMemory).reduce((a, b) => a + b, 0);
const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

async function joinAll(service) {
  const { secret, kid } = service.key;
  let next = 0;
  const begin = performance.now();
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, async () => {
    while (next < people) {
      const n = next++;
      const token = forge({ secret, header: { kid }, claims: { sub: `p${n}` } });
      const client = new Client(service.address({ endpoint: 'chat', room: `r${n >> 2}`, token }));
      service.clients.push(client);
      await client.joined(60_000);
    }
  }));
  return people / (performance.now() - begin) * 1000;
}

/* From sending to the ack, which comes with the message to all. → median and p99, ms */
async function roundTrips(clients) {
  const times = [];
  for (let n = 0; n < MESSAGES; n++) {
    await Promise.all(clients.filter((_, i) => i % 4 === 0).map(async client => {
      const begin = performance.now();
      await client.ask('message', { data: 'x'.repeat(200) }, 60_000);
      times.push(performance.now() - begin);
    }));
    await pause(100);
  }
  times.sort((a, b) => a - b);
  return [0.5, 0.99].map(part => times[Math.floor(times.length * part)].toFixed(1));
}

async function measure(number) {
  const service = await Service.start({ WEBSOCKETD_INSTANCES: `${number}` });
  try {
    const before = memory(service);
    const rate = await joinAll(service);
    await pause(2000); // buffers are given back
    const each = (memory(service) - before) / people;
    const [median, p99] = await roundTrips(service.clients);
    const spread = instances(service).map(pid =>
      processes.family(pid).filter(({ parent }) => parent === pid).length);
    console.log(`${number}: ${before} kB empty, ${each.toFixed(1)} kB a connection, `
      + `${rate.toFixed(0)} joins/s, round trip ${median} ms, p99 ${p99} ms, on them ${spread}`);
  } finally {
    await service.stop();
  }
}

for (let round = 0; round < ROUNDS; round++)
  for (const number of numbers)
    await measure(number);
process.exit();
