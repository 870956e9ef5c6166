/* session – what a real service says is what asyncapi.yaml says it says.
 *
 * People do a bit of everything. Each message that anybody gets must fit the schema of its name, with
 * no field beyond it; and at the end nearly every message of the table must have been seen, so that
 * this cannot pass by looking at nothing. */

import assert from 'node:assert/strict';

import Ajv from 'ajv';

import { withTurnSecret } from '../e2e/lib/keys.mjs';
import { suite } from '../e2e/lib/suite.mjs';
import { forge, now } from '../e2e/lib/tokens.mjs';
import { read, table } from './lib/descriptions.mjs';

const env = { STUN_URLS: 'stun:a.example', TURN_URLS: 'turn:a.example' };
const { service, rule } = await suite(env, withTurnSecret(env, 'a-secret-of-the-turn-server'));
const { secret } = service.key;

/* Comes only to clients that are silent for long. */
const UNSEEN = ['ping'];

/* Clients are to ignore what they do not know; here it would be a field that nobody described. */
function closed(schema) {
  if (schema?.type === 'object' && schema.properties && schema.additionalProperties === undefined)
    schema.additionalProperties = false;
  if (schema && typeof schema === 'object')
    Object.values(schema).forEach(closed);
  return schema;
}

const api = read('asyncapi.yaml');
closed(api.components.schemas);
closed(api.components.messages);
const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addSchema(api, 'beckon');
const seen = new Set();

function assertDescribed(direction, message) {
  const { event } = message;
  const key = `${direction}.${event}`;
  assert.ok(api.components.messages[key], `${key} is described`);
  const fits = ajv.getSchema(`beckon#/components/messages/${key}/payload`);
  assert.ok(fits(message), `${JSON.stringify(message)}\n${ajv.errorsText(fits.errors)}`);
  seen.add(key);
}

function assertAllDescribed(...clients) {
  for (const { received } of clients)
    for (const { text } of received)
      assertDescribed('out', JSON.parse(text));
}

/* Sends what is described, and has it acknowledged. */
async function good(client, event, payload = {}) {
  assertDescribed('in', { event, payload, id: 'x' });
  const answer = await client.ask(event, payload);
  assert.equal(answer.event, event === 'ping' ? 'pong' : 'ack', answer.text);
  return answer;
}

rule('validate-says-what-openapi-says-it-says', async room => {
  const { schemas } = read('openapi.yaml').components;
  const token = await service.token({ sub: 'ann' });
  for (const [query, status, schema] of [[token, 200, 'Validation'], ['x', 401, 'Refusal']]) {
    const answer = await service.get(`/validate/zoom/${room}?token=${query}`);
    assert.equal(answer.status, status);
    const fits = ajv.compile(closed(schemas[schema]));
    assert.ok(fits(answer.json), ajv.errorsText(fits.errors));
  }
});

rule('turn-says-what-openapi-says-it-says', async () => {
  const { schemas } = read('openapi.yaml').components;
  const token = await service.token({ sub: 'ann' });
  for (const [query, status, schema] of [[token, 200, 'Servers'], ['x', 401, 'Refusal']]) {
    const answer = await service.get(`/turn?token=${query}`);
    assert.equal(answer.status, status);
    const fits = ajv.compile(closed(schemas[schema]));
    assert.ok(fits(answer.json), ajv.errorsText(fits.errors));
    assert.ok(status !== 200 || answer.json.iceServers.length === 2);
  }
});

rule('a-call-with-chat-and-screen-share', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const toBob = { targetClientId: 'bob' };
  await good(ann, 'offer', { ...toBob, sdp: 'v=0', more: [null] });
  await good(bob, 'answer', { targetClientId: 'ann', sdp: { type: 'answer', sdp: 'v=0' } });
  await good(ann, 'candidate', { ...toBob, candidate: null, sdpMid: '0', sdpMLineIndex: null });
  await good(ann, 'renegotiate', { ...toBob, reason: 'ice' });
  await good(ann, 'message', { ...toBob, data: null });
  await good(ann, 'message', { data: { x: 1 }, kind: 'poll' });
  await good(bob, 'add_chat', { chatContent: 'Hello', chatId: 'c1' });
  await good(bob, 'add_chat', { chatContent: 'only you', targetClientId: 'ann' });
  await good(bob, 'edit_chat', { chatId: 'c1', chatContent: 'Hello!' });
  await good(bob, 'reaction', { emoji: '👍🏽', chatId: 'c1' });
  await good(ann, 'recents_chat', { limit: 10, before: null });
  await good(ann, 'delete_chat', { chatId: 'c1' });
  await good(bob, 'typing', { isTyping: true });
  await good(bob, 'raise_hand');
  await good(ann, 'lower_hand', { clientId: 'bob' });
  await good(bob, 'toggle_audio', { enabled: true });
  await good(bob, 'toggle_video', { enabled: true });
  await good(ann, 'mute', { clientId: 'bob', audio: true, video: true });
  await good(ann, 'set_policy', { screenshare: 'ask' });
  await good(bob, 'request_screenshare');
  await good(ann, 'deny_screenshare', { clientId: 'bob' });
  await good(ann, 'accept_screenshare', { clientId: 'bob' });
  await good(bob, 'toggle_screenshare', { enabled: true });
  await good(ann, 'stop_screenshare', { clientId: 'bob' });
  await good(ann, 'set_role', { clientId: 'bob', role: 'host' });
  await good(ann, 'lock_room', { locked: true });
  await good(bob, 'pong');
  await good(bob, 'ping');
  await service.ctl('say', `zoom/${room}`, 'Restart at 8');
  await ann.next('announcement');
  await ann.settle();
  assertAllDescribed(ann, bob);
});

rule('a-lobby-and-those-who-are-sent-away', async room => {
  const ann = await service.join({ room, sub: 'ann' });
  await good(ann, 'set_lobby', { enabled: true });
  const bob = await service.join({ room, sub: 'bob' });
  await good(bob, 'waiting_request');
  await good(ann, 'accept_waiting', { clientId: 'bob' });
  await bob.next('room_state', ({ role }) => role === 'participant');
  const eve = await service.join({ room, sub: 'eve' });
  await good(ann, 'deny_waiting', { clientId: 'eve' });
  await eve.next('bye');
  await good(ann, 'kick', { clientId: 'bob', reason: 'be nice' });
  await bob.next('bye');
  await ann.next('disconnect', ({ message }) => message === 'be nice');
  const sam = await service.join({ room, sub: 'sam' });
  await good(ann, 'ban', { clientId: 'sam', seconds: 5 });
  await sam.next('bye');
  assertDescribed('in', { event: 'close_room', payload: { reason: 'done' } });
  ann.send('close_room', { reason: 'done' });
  await ann.next('bye');
  assertAllDescribed(ann, bob, eve, sam);
});

rule('tokens-over-time', async room => {
  const short = forge({ secret, claims: { sub: 'ann', exp: now() + 50 } });
  const ann = await service.join({ room, token: short });
  await ann.next('token_expiring');
  const { payload } = await good(ann, 'refresh_token', { token: await service.token({ sub: 'ann' }) });
  assert.ok(payload.expires > Date.now());
  assertDescribed('in', { event: 'leave' });
  ann.send('leave');
  await ann.next('bye');
  assertAllDescribed(ann);
});

rule('everything-that-can-be-wrong', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  await bob.ask('kick', { clientId: 'ann' });
  await bob.ask('offer', { targetClientId: 'nobody', sdp: 1 });
  await bob.ask('add_chat', { chatContent: '' });
  await bob.ask('nonsense', {});
  for (const bad of ['{', '[]', '7', '{"event":7}', '{"event":"ping","id":[]}',
    JSON.stringify({ event: 'message', payload: { data: 'x'.repeat(70_000) } })])
    bob.raw(bad);
  for (let i = 0; i < 12; i++)
    bob.send('add_chat', { chatContent: `${i}` });
  await bob.next('error', ({ code }) => code === 'slow_down');
  await bob.settle();
  const codes = new Set(bob.of('error').map(({ payload }) => payload.code));
  for (const code of ['forbidden', 'not_found', 'bad_payload', 'unknown_event', 'bad_message',
    'too_large', 'slow_down'])
    assert.ok(codes.has(code), code);
  for (let i = 0; i < 20; i++)
    bob.raw('[]');
  await bob.next('bye');
  assertAllDescribed(ann, bob);
});

rule('every-message-of-the-table-was-seen', () => {
  const missing = [
    ...table('events').map(({ event }) => `in.${event}`),
    ...table('messages').map(({ event }) => event).filter(event => !UNSEEN.includes(event))
      .map(event => `out.${event}`),
  ].filter(key => !seen.has(key));
  assert.deepEqual(missing, []);
});

rule('the-descriptions-are-served', async () => {
  assert.equal((await service.get('/api-docs')).status, 301);
  for (const [name, type, text] of [
    ['', /^text\/html/, 'protocol.md'],
    ['protocol.md', /^text\/plain/, '# The Beckon protocol'],
    ['asyncapi.yaml', /^application\/yaml/, 'asyncapi: 3.0.0'],
    ['openapi.yaml', /^application\/yaml/, 'openapi: 3.1.0'],
  ]) {
    const answer = await service.get(`/api-docs/${name}`);
    assert.equal(answer.status, 200, name);
    assert.match(answer.headers['content-type'], type);
    assert.ok(answer.text.includes(text), name);
  }
});
