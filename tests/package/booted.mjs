/* booted – the installed service in a system that systemd runs, as check-deb boots it, and people in it.
 *
 * Runs in there as root. The package that is to be installed over the one that runs is NEXT. */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

import { Client } from '../e2e/lib/client.mjs';
import { until } from '../e2e/lib/waiting.mjs';

export const NEXT = '/srv/beckon.deb';
export const CONF = '/etc/beckon/beckon.conf';
const ADDRESS = 'ws://127.0.0.1:8080/ws';

/* → what it said */
export async function run(...words) {
  const { stdout } = await promisify(execFile)(words[0], words.slice(1),
    { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  return stdout.trim();
}

export async function property(unit, name) {
  return run('systemctl', 'show', '--property', name, '--value', unit);
}

export const read = file => readFileSync(file, 'utf8');

const people = [];

/* Somebody who is in a room, and does not come back when the connection breaks. */
export async function join(room, sub) {
  const token = await run('beckonctl', 'token', '--sub', sub);
  const client = new Client(`${ADDRESS}/chat/${room}?token=${token}`);
  people.push(client);
  client.first = await client.joined(30_000);
  return client;
}

export async function everybodyLeaves() {
  await Promise.all(people.splice(0).map(client => client.close()));
}

/* A round trip that outlives a broker: it is asked again by nobody but the handler. */
export async function said(client, chatContent) {
  const answer = await client.ask('add_chat', { chatContent }, 60_000);
  if (answer.event !== 'ack')
    throw new Error(`${client.who}: ${answer.text}`);
}

export const heard = (client, text) =>
  client.next('add_chat', ({ chatContent }) => chatContent === text, 60_000);

export const wasDropped = client => client.closeCode !== null || client.of('bye').length > 0;

export async function anotherBroker(before) {
  let now;
  await until('another broker', async () => {
    now = await property('beckon-broker', 'MainPID');
    return now !== '0' && now !== before;
  }, 90_000);
  return now;
}
