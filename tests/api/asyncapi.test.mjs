/* asyncapi – the description of messages is valid, and says what the program says. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Parser } from '@asyncapi/parser';

import { read, table, textOf } from './lib/descriptions.mjs';

const api = read('asyncapi.yaml');
const events = table('events');
const messages = table('messages');
const keys = [
  ...events.map(({ event }) => `in.${event}`),
  ...messages.map(({ event }) => `out.${event}`),
].sort();

/* The parser would like a newer AsyncAPI; tools that people have read 3.0. */
const TOLERATED = ['asyncapi-latest-version'];

test('asyncapi.yaml-is-valid-asyncapi-3.0', async () => {
  const { document, diagnostics } = await new Parser().parse(textOf('asyncapi.yaml'));
  const complaints = diagnostics.filter(({ code }) => !TOLERATED.includes(code))
    .map(({ code, message, path }) => `${path.join('.')}: ${message} (${code})`);
  assert.deepEqual(complaints, []);
  assert.equal(document.version(), '3.0.0');
});

test('every-event-and-message-of-the-program-is-described-and-no-other', () => {
  assert.deepEqual(Object.keys(api.components.messages).sort(), keys);
  for (const [key, message] of Object.entries(api.components.messages)) {
    const [, name] = key.split('.');
    assert.equal(message.name, name);
    assert.equal(message.payload.properties.event.enum[0], name, key);
  }
});

test('aliases-are-described-where-the-program-has-them', () => {
  for (const { event, alias } of events)
    assert.deepEqual(api.components.messages[`in.${event}`].payload.properties.event.enum,
      alias === '-' ? [event] : [event, alias]);
});

test('each-of-the-three-channels-has-all-messages-each-in-its-direction', () => {
  assert.deepEqual(Object.values(api.channels).map(({ address }) => address),
    ['/ws/zoom/{roomId}', '/ws/screenshare/{roomId}', '/ws/chat/{roomId}']);
  for (const [name, channel] of Object.entries(api.channels)) {
    assert.deepEqual(Object.keys(channel.messages).sort(), keys);
    for (const [action, direction] of [['receive', 'in'], ['send', 'out']]) {
      const operation = api.operations[`${name}.${action}`];
      assert.equal(operation.action, action);
      assert.deepEqual(operation.messages.map(({ $ref }) => $ref).sort(), keys
        .filter(key => key.startsWith(direction))
        .map(key => `#/channels/${name}/messages/${key}`));
    }
  }
  assert.equal(Object.keys(api.operations).length, 6);
});

/* The names before the colons: whatever is said about types, no field may be missing. */
function fieldsOf(body) {
  const rules = body.replace(/^\[|\]$/g, '').split(' ').filter(rule => rule.includes(':'));
  return {
    all: rules.map(rule => rule.split(':')[0]),
    required: rules.filter(rule => rule.endsWith('!')).map(rule => rule.split(':')[0]),
    open: body.endsWith('...'),
  };
}

test('payloads-have-the-fields-of-the-tables', () => {
  const rows = [
    ...events.map(({ event, body }) => [`in.${event}`, body]),
    ...messages.map(({ event, payload }) => [`out.${event}`, payload]),
  ];
  for (const [key, body] of rows) {
    const { payload } = api.components.messages[key].payload.properties;
    const object = payload.items ?? payload;
    const { all, required, open } = fieldsOf(body);
    assert.equal(payload.type, body.startsWith('[') ? 'array' : 'object', key);
    assert.deepEqual(Object.keys(object.properties ?? {}), all, key);
    assert.deepEqual(object.required ?? [], required, key);
    assert.equal(object.additionalProperties === true, open, key);
  }
});

test('the-words-of-errors-and-byes-are-those-of-the-program', () => {
  const rows = table('errors');
  const words = (...kinds) => [...new Set(rows.filter(({ kind }) => kinds.includes(kind))
    .map(({ word }) => word))].sort();
  const { schemas } = api.components;
  assert.deepEqual(schemas.ErrorCode.enum, words('error', 'refusal'));
  assert.deepEqual(schemas.ByeReason.enum, words('bye', 'refusal'));
  assert.deepEqual(schemas.ByeCode.enum,
    rows.filter(({ kind }) => kind === 'bye').map(({ number }) => Number(number)));
});
