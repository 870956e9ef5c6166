/* processes – what /proc says about who runs, whose child it is, and what it costs. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/* One process, or null. `born` tells a process from a later one with the same pid. */
export function look(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const end = stat.lastIndexOf(')');
    const rest = stat.slice(end + 2).split(' ');
    return {
      pid: Number(pid),
      name: stat.slice(stat.indexOf('(') + 1, end),
      state: rest[0],
      parent: Number(rest[1]),
      session: Number(rest[3]),
      born: rest[19],
    };
  } catch {
    return null; // it ended while we looked
  }
}

export function isAlive(process) {
  const now = look(process.pid);
  return now !== null && now.born === process.born && now.state !== 'Z';
}

function all() {
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).map(look).filter(Boolean);
}

/* Everything below a process, and everything in the session it leads. */
export function family(pid) {
  const everyone = all();
  const found = new Map();
  const visit = parent => {
    for (const process of everyone) {
      if (process.parent === parent && !found.has(process.pid)) {
        found.set(process.pid, process);
        visit(process.pid);
      }
    }
  };
  visit(pid);
  for (const process of everyone)
    if (process.session === pid && process.pid !== pid)
      found.set(process.pid, process);
  return [...found.values()];
}

/* The file a process runs; the kernel's short name is cut at 15 bytes. */
export function program(pid) {
  try {
    return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '').split('/').pop();
  } catch {
    return '';
  }
}

export function threads(pid) {
  return readdirSync(`/proc/${pid}/task`).length;
}

export function descriptors(pid) {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/* Memory that would be free again if this process ended, in kB. */
export function privateMemory(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  return ['Private_Clean', 'Private_Dirty']
    .map(name => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)[1]))
    .reduce((a, b) => a + b);
}

/* The most memory that it ever had, in kB; 0 where it has ended. */
export function peakMemory(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/* Environment and command line, as another process of this user sees them. */
export function visibleText(pid) {
  return ['environ', 'cmdline'].map(name => {
    try {
      return readFileSync(`/proc/${pid}/${name}`, 'latin1');
    } catch (error) {
      if (error.code === 'EACCES' || error.code === 'EPERM')
        return '';
      throw error;
    }
  }).join('\0');
}
