/* openapi – the description of the HTTP answers is valid, and has all of the program's words. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { createConfig, lint } from '@redocly/openapi-core';

import { pathOf, read, table } from './lib/descriptions.mjs';

const api = read('openapi.yaml');
const refusals = table('errors').filter(({ kind }) => kind === 'refusal');
const { '/validate/{endpoint}/{roomId}': validate, '/turn': turn } = api.paths;
const upgrades = Object.fromEntries(Object.entries(api.paths)
  .filter(([place]) => place.startsWith('/ws/')));
const operations = Object.values(upgrades).map(({ get }) => get);

const answer = status =>
  api.components.responses[operations[0].responses[status].$ref.split('/').at(-1)];

const words = status => answer(status).content['application/json'].schema.properties.error.enum;

/* The good answer is 101 here, and the server is on this machine. */
const RULES = { 'operation-2xx-response': 'off', 'no-server-example.com': 'off' };

test('openapi.yaml-is-valid-openapi-3.1', async () => {
  const config = await createConfig({ extends: ['recommended'], rules: RULES });
  const problems = await lint({ ref: pathOf('openapi.yaml'), config });
  assert.deepEqual(problems.map(({ message, location }) =>
    `${location[0]?.pointer}: ${message}`), []);
  assert.equal(api.openapi, '3.1.0');
});

test('the-three-endpoints-answer-alike', () => {
  assert.deepEqual(Object.keys(upgrades),
    ['/ws/zoom/{roomId}', '/ws/screenshare/{roomId}', '/ws/chat/{roomId}']);
  for (const { responses, parameters } of operations) {
    assert.deepEqual(responses, operations[0].responses);
    assert.deepEqual(parameters, operations[0].parameters);
  }
});

test('each-status-has-the-words-of-the-program-and-no-other', () => {
  const statuses = [...new Set(refusals.map(({ number }) => number))];
  assert.deepEqual(Object.keys(operations[0].responses).sort(), ['101', ...statuses].sort());
  for (const status of statuses)
    assert.deepEqual(words(status),
      refusals.filter(({ number }) => number === status).map(({ word }) => word), status);
});

test('validate-answers-as-an-upgrade-would', () => {
  const { 101: _, 426: __, ...refused } = operations[0].responses;
  const { 200: good, ...others } = validate.get.responses;
  assert.deepEqual(others, refused);
  assert.ok(good);
  for (const [status, { $ref }] of Object.entries(validate.options.responses))
    if (status !== '204')
      assert.equal($ref, refused[status].$ref);
});

test('turn-refuses-as-an-upgrade-would', () => {
  const { responses: all } = operations[0];
  for (const { responses } of [turn.get, turn.options])
    for (const [status, { $ref }] of Object.entries(responses))
      if (!status.startsWith('2'))
        assert.equal($ref, all[status].$ref);
});

/* readiness.def is nowhere to be asked for. */
test('readiness-has-the-words-of-the-program-and-its-example-too', () => {
  const def = readFileSync(new URL('../../include/readiness.def', import.meta.url), 'utf8');
  const rows = [...def.matchAll(/^READINESS\(\w+,\s*"(\w+)",\s*"(.*)"\)$/gm)];
  const [[, good], ...others] = rows;
  const { ready, notReady } = api.components.responses;
  const { schema, example } = notReady.content['application/json'];
  assert.equal(ready.content['application/json'].schema.properties.status.const, good);
  assert.deepEqual(schema.properties.error.enum, [...others.map(([, word]) => word), 'unavailable']);
  assert.equal(example.message, others.find(([, word]) => word === example.error)[2]);
});

/* An example that the program would not give teaches people to compare messages. */
test('examples-are-the-program-s-own-words', () => {
  for (const { number } of refusals) {
    const { error, message } = answer(number).content['application/json'].example;
    const { help } = refusals.find(({ word }) => word === error);
    assert.equal(message, help);
  }
});
