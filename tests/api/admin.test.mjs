/* admin – the API for applications is what openapi.yaml says it is, and what the program's table says.
 *
 * Each operation is brought to each of its answers, and each answer must fit what is written about it,
 * headers and all; at the end none may be left that was not seen. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import Ajv from 'ajv';

import { adminToken, api as call, AUDIENCE } from '../e2e/lib/admin.mjs';
import { Service } from '../e2e/lib/service.mjs';
import { suite } from '../e2e/lib/suite.mjs';
import { until } from '../e2e/lib/waiting.mjs';
import { read, table } from './lib/descriptions.mjs';

const api = read('openapi.yaml');
const routes = table('api', 'beckon-authorizer');
const errors = table('api-errors', 'beckon-authorizer');
const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addSchema(api, 'beckon');

const { service, rule } = await suite({
  ADMIN_AUDIENCE: AUDIENCE, TRUSTED_PROXIES: '127.0.0.1', REQUESTS_PER_SECOND_PER_ADDRESS: '1',
});

const operations = Object.entries(api.paths).filter(([path]) => path.startsWith('/api/'))
  .flatMap(([path, { parameters: _, ...methods }]) => Object.entries(methods)
    .map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })));

const answerOf = answer => answer.$ref
  ? api.components.responses[answer.$ref.split('/').at(-1)] : answer;
const schemaOf = ({ content }) => content?.['application/json'].schema;
const bodyOf = ({ requestBody }) => requestBody && schemaOf(requestBody);

/* --- beside the program ------------------------------------------------------------------------ */

test('each-route-of-the-program-is-described-and-no-other', () => {
  const described = operations.map(({ method, path, security }) =>
    [method, path.replaceAll(/\{\w+\}/g, '*'), security[0].application[0]].join(' '));
  assert.deepEqual(described.sort(),
    routes.map(({ method, path, scope }) => [method, path, scope].join(' ')).sort());
});

test('bodies-have-the-fields-of-the-table', () => {
  for (const { method, path, body } of routes) {
    const operation = operations.find(o => o.method === method
      && o.path.replaceAll(/\{\w+\}/g, '*') === path);
    if (body === '-') {
      assert.equal(operation.requestBody, undefined, path);
      continue;
    }
    const { $ref } = bodyOf(operation);
    const schema = api.components.schemas[$ref.split('/').at(-1)];
    const rules = body.split(' ');
    assert.deepEqual(Object.keys(schema.properties), rules.map(one => one.split(':')[0]), path);
    assert.deepEqual(schema.required ?? [],
      rules.filter(one => one.endsWith('!')).map(one => one.split(':')[0]), path);
    assert.equal(schema.additionalProperties, false, path);
  }
});

/* 405 is what no operation answers; 429 is nginx's, as is 414. */
test('the-words-of-each-status-are-those-of-the-program', () => {
  for (const { path, responses } of operations) {
    for (const [status, response] of Object.entries(responses)) {
      if (['200', '204', '414', '429'].includes(status))
        continue;
      const words = new Set(errors.filter(error => error.status === status).map(e => e.word));
      assert.deepEqual(schemaOf(answerOf(response)).properties.error.enum, [...words],
        `${path} ${status}`);
    }
  }
});

/* --- beside a service that runs ---------------------------------------------------------------- */

const seen = new Set();

function assertDescribed({ path, method, responses }, answer) {
  const where = `${method} ${path} ${answer.status}`;
  assert.ok(responses[answer.status], `${where} is not described: ${answer.text}`);
  assert.ok(!Object.keys(answer.headers).some(name => name.startsWith('access-control-')),
    `${where}: a page could read it`);
  const response = answerOf(responses[answer.status]);
  const schema = schemaOf(response);
  assert.equal(answer.text === '', schema === undefined, where);
  if (schema) {
    const fits = ajv.compile(resolved(schema));
    assert.ok(fits(answer.json), `${where}: ${answer.text}\n${ajv.errorsText(fits.errors)}`);
  }
  for (const [name, described] of Object.entries(response.headers ?? {})) {
    const header = described.$ref
      ? api.components.headers[described.$ref.split('/').at(-1)] : described;
    const value = answer.headers[name.toLowerCase()];
    assert.ok(value !== undefined || !header.required, `${where}: ${name}`);
    if (header.schema.pattern && value !== undefined)
      assert.match(value, new RegExp(header.schema.pattern));
    if (header.schema.const)
      assert.equal(value, header.schema.const, `${where}: ${name}`);
  }
  seen.add(where);
}

/* References are from the file's own root; and here no field may be there that nobody described. */
function resolved(schema) {
  if (Array.isArray(schema))
    return schema.map(resolved);
  if (typeof schema !== 'object' || schema === null)
    return schema;
  if (schema.$ref)
    return resolved(api.components.schemas[schema.$ref.split('/').at(-1)]);
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) =>
    [key, resolved(value)]));
  return copy.type === 'object' && copy.properties && !('allOf' in schema)
    ? { unevaluatedProperties: undefined, additionalProperties: false, ...copy } : copy;
}

/* The example of its body, and where it is about: a room, and somebody in it. */
function request(operation, room, { endpoint = 'zoom', body } = {}) {
  const path = operation.path.replace('/api/', '').replace('{endpoint}', endpoint)
    .replace('{roomId}', room).replace('{sub}', 'bob');
  const example = operation.requestBody?.content['application/json'].example;
  return [operation.method, path, body ?? example];
}

async function ask(operation, on, [method, path, body], headers) {
  const answer = await call(on, method, path, body, headers);
  assertDescribed(operation, answer);
  return answer.status;
}

for (const operation of operations) {
  rule(`${operation.operationId}-answers-as-described`, async room => {
    const good = request(operation, room);
    const [method, path] = good;
    const expect = async (status, asked, headers) =>
      assert.equal(await ask(operation, service, asked, headers), status, `${asked}`);
    await service.people(room, 'ann', 'bob');
    if (operation.operationId === 'listBans')
      await call(service, 'POST', `rooms/zoom/${room}/ban`, { clientId: 'bob' });
    await expect(operation.responses[200] ? 200 : 204, good);
    await expect(400, [method, `${path}?x=1`]);
    await expect(401, good, { token: null });
    await expect(401, good, { token: 'x' });
    await expect(403, good, { Origin: 'https://app.example' });
    await expect(403, good, { token: adminToken(service, { scope: 'openid' }) });
    await expect(413, [method, path, 'x'.repeat(17_000)]);
    await expect(414, [method, `${path}?${'x'.repeat(17_000)}`]);
    if (path !== 'rooms')
      await expect(400, request(operation, 'a%20b'));
    if (operation.requestBody) {
      await expect(400, [method, path, '{']);
      await expect(400, [method, path, { x: 1 }]);
      await expect(415, good, { 'Content-Type': 'text/plain' });
    }
    if (path !== 'rooms')
      await expect(404, request(operation, room, { endpoint: 'nope' }));
  });
}

rule('where-there-is-no-api-nothing-is-found', async room => {
  const plain = await Service.start();
  try {
    for (const operation of operations)
      assert.equal(await ask(operation, plain, request(operation, room)), 404);
  } finally {
    await plain.stop();
  }
});

rule('an-address-that-asks-too-often-is-told-so', async room => {
  const from = { 'X-Forwarded-For': '192.0.2.1' };
  await until('too many', async () => (await call(service, 'GET', 'nope', undefined, from)).status === 429);
  for (const operation of operations)
    await until(operation.operationId, async () =>
      await ask(operation, service, request(operation, room), from) === 429);
});

rule('without-the-broker-it-is-unavailable', async room => {
  const [broker] = service.running('beckon-broker');
  process.kill(broker, 'SIGSTOP');
  try {
    const answers = await Promise.all(operations.map(operation =>
      ask(operation, service, request(operation, room))));
    assert.deepEqual([...new Set(answers)], [503]);
  } finally {
    process.kill(broker, 'SIGCONT');
  }
});

rule('each-answer-of-each-operation-was-seen', () => {
  const described = operations.flatMap(({ method, path, responses }) =>
    Object.keys(responses).map(status => `${method} ${path} ${status}`));
  assert.ok(described.length >= 8 * operations.length);
  assert.deepEqual(described.filter(where => !seen.has(where)), []);
});
