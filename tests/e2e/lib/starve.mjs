/* starve – takes a resource away from a program that runs, by prlimit(2), and gives it back. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';

const TICK = 10; // ms, sysconf(_SC_CLK_TCK) being 100

/* As the program's own user: root may not always do this to others, and nobody needs more. */
function prlimit(pid, ...words) {
  const { uid, gid } = statSync(`/proc/${pid}`);
  const self = process.getuid() === uid ? [] :
    ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--'];
  const [name, ...args] = [...self, 'prlimit', `--pid=${pid}`, ...words];
  return execFileSync(name, args, { encoding: 'utf8' }).trim();
}

/* Runs this while none of the processes can open anything, or fork, or write to a file. */
async function without(pids, option, limit, run) {
  const before = pids.map(pid =>
    prlimit(pid, `--${option}`, '--output=SOFT', '--noheadings', '--raw'));
  for (const pid of pids)
    prlimit(pid, `--${option}=${limit(pid)}:`);
  try {
    return await run();
  } finally {
    pids.forEach((pid, i) => {
      if (statSync(`/proc/${pid}`, { throwIfNoEntry: false }))
        prlimit(pid, `--${option}=${before[i]}:`);
    });
  }
}

/* New descriptors are the lowest free numbers: below this limit none is free. */
function lowestFree(pid) {
  const taken = new Set(readdirSync(`/proc/${pid}/fd`));
  let number = 0;
  while (taken.has(String(number)))
    number++;
  return number;
}

export const withoutFiles = (pids, run) => without(pids, 'nofile', lowestFree, run);

export const withoutProcesses = (pids, run) => without(pids, 'nproc', () => 0, run);

/* ms of CPU time that the processes have used. */
function used(pids) {
  return pids.map(pid => readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').pop().split(' '))
    .reduce((sum, fields) => sum + (Number(fields[11]) + Number(fields[12])) * TICK, 0);
}

/* A program that cannot go on waits, and does not try again and again as fast as it can. */
export async function assertIdle(pids, ms = 2000) {
  const before = used(pids);
  const began = performance.now();
  await new Promise(resolve => setTimeout(resolve, ms));
  const share = (used(pids) - before) / (performance.now() - began);
  assert.ok(share < 0.25, `it spins: ${Math.round(share * 100)} % of a core`);
}
