/* faults – everything that goes wrong, as a table.
 *
 * whom and how (0 ≤ n < 1, from the plan) choose the victim and the measure. An excuse says which
 * connections may end because of it: so many, for so long, in this room or in all; others that end
 * were dropped. */

const pidOf = (pids, whom) => pids.sort((a, b) => a - b)[Math.floor(whom * pids.length)];
const ms = (how, low, high) => Math.round(low + how * (high - low));

function signal(pid, name) {
  try {
    if (pid !== undefined)
      process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH')
      throw error;
  }
}

function kill(world, program, whom, name = 'SIGKILL') {
  const pid = pidOf(world.service.running(program), whom);
  signal(pid, name);
  return pid;
}

/* Stops a process, and has it go on after so long. */
function stop(world, program, whom, time) {
  const pid = kill(world, program, whom, 'SIGSTOP');
  if (pid !== undefined)
    world.later(time, () => signal(pid, 'SIGCONT'));
  return `${pid} for ${time} ms`;
}

const nginxWorkers = world => {
  const pids = world.service.running('nginx');
  return pids.filter(pid => pids.includes(world.parent(pid)));
};

const personOf = (world, whom) => world.people[Math.floor(whom * world.people.length)];
const roomOf = (world, whom) => world.rooms[Math.floor(whom * world.rooms.length)];

export const FAULTS = {
  'kill-broker': (world, { whom }) => kill(world, 'beckon-broker', whom),

  'kill-broker-twice': (world, { whom, how }) => {
    const first = kill(world, 'beckon-broker', whom);
    world.whenever(() => world.service.running('beckon-broker').some(pid => pid !== first),
      () => world.later(ms(how, 0, 60), () => kill(world, 'beckon-broker', whom)));
    return first;
  },

  'kill-authorizer': (world, { whom }) => kill(world, 'beckon-authorizer', whom),

  'kill-handler': (world, { whom }) => {
    world.excuse({ most: 1, for: 10_000 });
    return kill(world, 'beckon-handler', whom);
  },

  'kill-websocketd': (world, { whom }) => {
    world.excuse({ for: 5000 });
    return kill(world, 'websocketd', whom);
  },

  'kill-nginx-worker': (world, { whom }) => {
    world.excuse({ for: 5000 });
    const pid = pidOf(nginxWorkers(world), whom);
    signal(pid, 'SIGKILL');
    return pid;
  },

  'reload-nginx': world => {
    const workers = nginxWorkers(world);
    const master = world.service.running('nginx').find(pid => !workers.includes(pid));
    signal(master, 'SIGHUP');
    return master;
  },

  'stop-handler': (world, { whom, how }) =>
    stop(world, 'beckon-handler', whom, ms(how, 100, 4000)),

  'stop-broker': (world, { whom, how }) => stop(world, 'beckon-broker', whom, ms(how, 50, 2000)),

  'cut-client': (world, { whom }) => {
    const person = personOf(world, whom);
    person.cut();
    return person.name;
  },

  'cut-room': (world, { whom }) => {
    const room = roomOf(world, whom);
    for (const person of room.people)
      person.cut();
    return room.name;
  },

  'silence-client': (world, { whom, how }) => {
    const person = personOf(world, whom);
    person.pullCable(ms(how, 200, 3000));
    return person.name;
  },

  'delay-client': (world, { whom, how }) => {
    const person = personOf(world, whom);
    person.proxy.delay(ms(how, 5, 300));
    return person.name;
  },

  'deafen-client': (world, { whom, how }) => {
    const person = personOf(world, whom);
    person.deafen(ms(how, 200, 4000));
    return person.name;
  },

  /* One does not read while others send more than any queue holds; who is slow at that moment,
   * being stopped or far away, may be sent away with it. */
  'fill-queue': (world, { whom, how }) => {
    const room = roomOf(world, whom), [person, ...others] = room.people;
    world.excuse({ room, bye: 'slow_consumer', for: 20_000 });
    person.deafen(ms(how, 2000, 5000));
    for (const other of others.slice(0, 2))
      other.fill(ms(how, 20, 60));
    return `${person.name} of ${room.name}`;
  },
};
