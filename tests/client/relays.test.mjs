/* relays – TURN credentials end before a visit does: beckon.js has good ones all the same. */

import assert from 'node:assert/strict';
import { afterEach } from 'node:test';

import { withTurnSecret } from '../e2e/lib/keys.mjs';
import { suite } from '../e2e/lib/suite.mjs';
import { until } from '../e2e/lib/waiting.mjs';
import { visitors } from './lib/visit.mjs';

const env = { TURN_URLS: 'turn:127.0.0.1:3478', TURN_SECONDS: '5' };
const { service, rule } = await suite(env, withTurnSecret(env, 'a-secret-of-the-turn-server'));
const { enter, done } = visitors(service);
afterEach(done);

const name = visit => visit.state.iceServers[0].username;
const secondsLeft = visit => parseInt(name(visit), 10) - Date.now() / 1000;

rule('turn-credentials-are-renewed-before-they-end', async room => {
  const ann = await enter({ room, sub: 'ann' });
  const told = [];
  const first = name(ann);
  ann.on('state', state => told.push(state.iceServers[0].username));
  await until('others', () => name(ann) !== first, 30_000);
  assert.match(name(ann), /^\d+:ann$/);
  assert.equal(told.at(-1), name(ann));
  await until('others again', () => new Set(told).size > 1, 30_000);
});

rule('a-room-state-does-not-bring-back-the-first-ones', async room => {
  const ann = await enter({ room, sub: 'ann', caps: [] });
  const first = name(ann);
  await until('others', () => name(ann) !== first, 30_000);
  await enter({ room, sub: 'ben' });
  await until('a room_state', () => ann.state.participantCount === 2);
  assert.notEqual(name(ann), first);
  assert.ok(secondsLeft(ann) > -60 && secondsLeft(ann) <= 5, name(ann));
});
