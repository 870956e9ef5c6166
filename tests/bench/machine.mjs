/* machine – what a benchmark ran on: for whoever compares its figures with others. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';

/* The first line of what a command says, or what to say without it. */
function says(command) {
  try {
    return execFileSync('sh', ['-c', `${command} 2>&1`], { encoding: 'utf8' }).trim().split('\n')[0];
  } catch {
    return 'unknown';
  }
}

const debian = name => `${name} ${says(`dpkg-query -W -f '\${Version}' ${name}`)}`;

function npm(name) {
  const file = new URL(`node_modules/${name}/package.json`, import.meta.url);
  return `${name} ${JSON.parse(readFileSync(file, 'utf8')).version}`;
}

/* began: ms; loadBefore: the load average then. */
export function describe({ times, began, loadBefore }) {
  const [cpu] = os.cpus();
  const machine = { date: new Date(began).toISOString().slice(0, 10), times, cpu: cpu.model.trim(),
    cores: os.availableParallelism?.() ?? os.cpus().length, kernel: os.release() };
  machine.described = {
    date: `${new Date(began).toISOString().slice(0, 16)} UTC, ${Math.round((Date.now() - began) / 60000)} minutes`,
    machine: `${machine.cores} cores (${machine.cpu}), ${Math.round(os.totalmem() / 2 ** 30)} GiB, `
      + `virtualization ${says('systemd-detect-virt')}, load average before it ${loadBefore.toFixed(2)}`,
    system: `${says('. /etc/os-release && echo "$PRETTY_NAME"')}, Linux ${machine.kernel}`,
    runs: `${times} of each`,
    Beckon: [says('git describe --always --dirty'), says('gcc --version'), debian('libnng-dev'),
      debian('libsqlite3-0')].join(', '),
    gateway: [debian('nginx'), debian('websocketd')].join(', '),
    peers: [`Node ${process.version}`, ...['ws', 'jsonwebtoken', 'socket.io', 'peer'].map(npm),
      debian('libnginx-mod-nchan')].join(', '),
  };
  return machine;
}
