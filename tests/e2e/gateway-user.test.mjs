/* gateway-user – handlers may run as another user than the broker: that one, and nobody else besides. */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';

import { PROGRAMS, Service } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';
import { within } from './lib/waiting.mjs';

const skip = process.getuid() !== 0 && 'only root can be several users';
const GATEWAY = 'nobody';
const STRANGER = 'daemon';
const { service, rule } = await suite({ GATEWAY_USER: skip ? '' : GATEWAY });

/* Folders as a package has them: the sockets have the group of their folder, which both users have
 * here, so that it is the broker's word that tells them apart. */
function open(state) {
  const folder = path.join(state, 'run');
  const group = Number(execFileSync('id', ['-g', GATEWAY]));
  for (const [name, mode] of [['.', 0o711], ['bus', 0o2750], ['bus/rooms', 0o2710]]) {
    fs.chownSync(path.join(folder, name), fs.statSync(folder).uid, group);
    fs.chmodSync(path.join(folder, name), mode);
  }
  fs.chmodSync(state, 0o711);
  const { uid } = fs.statSync(folder);
  fs.chownSync(path.join(folder, 'bus/broker.sock'), uid, group);
  return group;
}

/* The first line that a handler of this user has for its client; null where it ends without. */
async function firstLine(user, group, room) {
  const token = await service.token({ sub: user });
  const conf = path.join(service.folder, 'conf');
  fs.copyFileSync(service.config, conf);
  fs.chmodSync(conf, 0o644);
  const child = spawn('setpriv', ['--reuid', user, '--regid', String(group), '--clear-groups', '--',
    path.join(PROGRAMS, 'beckon-handler'), '-c', conf], {
    env: { PATH_INFO: `/ws/chat/${room}`, QUERY_STRING: `token=${token}` },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const line = await within(30_000, `a word for ${user}`, Promise.race([
    once(readline.createInterface(child.stdout), 'line').then(([text]) => JSON.parse(text)),
    once(child, 'exit').then(() => null),
  ]));
  child.stdin.end();
  return line;
}

rule('the-gateway-s-user-is-let-in-and-another-is-not', async room => {
  const group = open(service.state);
  assert.equal((await firstLine(GATEWAY, group, room)).event, 'room_state');
  const line = await firstLine(STRANGER, group, room);
  assert.notEqual(line?.event, 'room_state');
}, { skip });

rule('a-user-that-is-not-there-is-an-error-of-the-configuration', async () => {
  await assert.rejects(Service.start({ GATEWAY_USER: 'no-such-user' }),
    /GATEWAY_USER: no such user/);
});
