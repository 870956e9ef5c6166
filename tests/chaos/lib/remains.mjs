/* remains – what a service holds: processes, descriptors and sockets; and what is left of that
 * beyond what it held before. */

import { readdirSync } from 'node:fs';

import * as processes from '../../e2e/lib/processes.mjs';

function descriptors(pid) {
  try {
    return processes.descriptors(pid);
  } catch {
    return 0; // it ended while we looked
  }
}

function sockets(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isSocket()).map(entry => entry.name);
}

/* {processes: {program: how many}, descriptors: {program: of the one that has most}, sockets} */
export function holdings(service) {
  const held = { processes: {}, descriptors: {}, sockets: sockets(`${service.state}/run`) };
  for (const { pid, state } of processes.family(service.run.child.pid)) {
    const name = processes.program(pid);
    if (state === 'Z' || !name)
      continue;
    held.processes[name] = (held.processes[name] ?? 0) + 1;
    held.descriptors[name] = Math.max(held.descriptors[name] ?? 0, descriptors(pid));
  }
  return held;
}

/* Programs that are named, not those with which the launcher looks for them. */
const JUDGED = ['beckon-broker', 'beckon-authorizer', 'beckon-handler', 'websocketd', 'nginx'];

/* What is more now than before, as lines. */
export function excess(before, now) {
  const lines = [];
  for (const name of JUDGED)
    for (const what of ['processes', 'descriptors']) {
      const [was, is] = [before[what][name] ?? 0, now[what][name] ?? 0];
      if (is > was)
        lines.push(`${name}: ${is} ${what}, before ${was}`);
    }
  for (const name of now.sockets)
    if (!before.sockets.includes(name))
      lines.push(`the socket ${name}`);
  return lines;
}
