/* payloads – every event with every field in every wrong shape, made from the program's own table
 * (protocol §3, §5).
 *
 * Each is an error that says which field it is about, changes nothing, is heard by nobody else, and
 * leaves the connection as it was. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';

import { does, everythingCame, fails, heard, state } from './lib/asking.mjs';
import { PROGRAMS } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';

const { service, rule } = await suite({
  EVENTS_PER_SECOND: '1000000', EVENTS_BURST: '1000000', BYTES_PER_SECOND: '1000000000',
  BYTES_BURST: '1000000000',
});

/* `name:type(range)!` → {name, type, min, max, words, required} */
function readField(text) {
  const [, name, type, range, required] = /^(\w+):(\w+)(?:\(([^)]*)\))?(!?)$/.exec(text);
  const [min, max] = (range ?? '').split('-').map(Number);
  return { name, type, min, max, words: (range ?? '').split('|'), required: required === '!' };
}

const table = execFileSync(path.join(PROGRAMS, 'beckon-handler'), ['-Q', 'events'],
  { encoding: 'utf8' }).trim().split('\n').slice(1).map(line => {
  const [event, alias, , , body] = line.split('\t');
  const fields = body === '-' ? [] : body.split(' ').filter(word => word !== '...').map(readField);
  return { names: [event, ...(alias === '-' ? [] : [alias])], fields };
});

const shapes = {
  null: null, number: 7, fraction: 1.5, negative: -1, huge: 1e300, string: 'x', empty: '',
  array: [], list: ['bob'], object: {}, nested: { clientId: 'bob' }, true: true, false: false,
};

/* A value that fits, so that only one field is wrong at a time. */
const good = {
  id: () => 'bob',
  any: () => 'x',
  text: ({ min }) => 'x'.repeat(Math.max(min, 1)),
  bool: () => true,
  int: ({ min }) => min,
  word: ({ words }) => words[0],
};

/* Which of the shapes do fit, and what else is wrong. */
const fits = {
  id: value => typeof value === 'string' && value !== '',
  any: () => true,
  text: (value, { min }) => typeof value === 'string' && value.length >= min,
  bool: value => typeof value === 'boolean',
  int: (value, { min }) => Number.isInteger(value) && value >= min && value < 1e300,
  word: () => false,
};
const beyond = {
  id: () => ({ long: 'x'.repeat(256) }),
  any: () => ({}),
  text: ({ max }) => ({ long: 'x'.repeat(max + 1), 'long in code points': '😀'.repeat(max + 1) }),
  bool: () => ({ word: 'true', zero: 0 }),
  int: ({ min, max }) => ({ digits: String(min), 'too small': min - 1, 'too large': max * 2 }),
  word: ({ words }) => ({ upper: words[0].toUpperCase(), padded: `${words[0]} `, all: words }),
};

function wrongValues(field) {
  const all = { ...shapes, ...beyond[field.type](field) };
  return Object.entries(all).filter(([, value]) => !(value === null && !field.required)
    && !fits[field.type](value, field));
}

/* [what is wrong, the field, payload], for each way of being wrong. */
function* wrongPayloads(fields) {
  const right = () =>
    Object.fromEntries(fields.map(field => [field.name, good[field.type](field)]));
  for (const field of fields) {
    if (field.required) {
      const { [field.name]: _, ...rest } = right();
      yield ['absent', field.name, rest];
    }
    for (const [what, value] of wrongValues(field))
      yield [what, field.name, { ...right(), [field.name]: value }];
  }
  for (const what of ['null', 'number', 'string', 'empty', 'array', 'list', 'true', 'false'])
    yield [what, 'payload', shapes[what]];
}

rule('the-table-is-read-whole', async () => {
  assert.ok(table.length >= 35, `${table.length} events`);
  for (const { type } of table.flatMap(({ fields }) => fields))
    assert.ok(type in good && type in fits && type in beyond, type);
  assert.ok([...wrongPayloads(table.find(({ names }) => names[0] === 'ban').fields)].length > 30);
});

rule('each-wrong-field-of-each-event-is-an-error-about-it-and-nobody-hears-of-it', async room => {
  const [ann, bob] = await service.people(room, 'ann', 'bob');
  const before = (await service.join({ room, sub: 'eve' })).first;
  await everythingCame(ann, bob);
  const since = [ann, bob].map(({ received }) => received.length);
  let count = 0;
  for (const { names, fields } of table) {
    for (const event of names) {
      for (const [what, field, payload] of wrongPayloads(fields)) {
        const { code, message, event: about } = await fails('bad_payload', ann, event, payload);
        assert.ok(message.includes(field), `${event}: ${field} ${what}: ${code} ${message}`);
        assert.equal(about, event);
        count++;
      }
      await ann.settle();
    }
  }
  assert.ok(count > 500, `${count} wrong payloads`);
  await everythingCame(ann, bob);
  for (const [i, person] of [ann, bob].entries())
    assert.deepEqual(heard(person, since[i]), [], person.who);
  await does(ann, 'add_chat', { chatContent: 'usable' });
  assert.equal((await bob.next('add_chat')).payload.chatContent, 'usable');

  const after = (await service.join({ room, sub: 'eve' })).first;
  const settings = ({ hosts, participants, locked, lobby, policy, handsRaised, unmuted, epoch }) =>
    ({ hosts, participants, locked, lobby, policy, handsRaised, unmuted, epoch });
  assert.deepEqual(settings(after), settings(before), 'the room is as it was');
});

rule('without-an-id-the-error-comes-all-the-same', async room => {
  const [ann] = await service.people(room, 'ann');
  for (const { names: [event], fields } of table) {
    const [[what, , payload]] = wrongPayloads(fields);
    ann.send(event, payload);
    const answer = await ann.next('error');
    assert.deepEqual([answer.payload.code, answer.payload.event, answer.id],
      ['bad_payload', event, undefined], what);
  }
});

rule('a-null-where-nothing-is-required-is-as-good-as-nothing', async room => {
  const [ann] = await service.people(room, 'ann', 'bob');
  await does(ann, 'add_chat', { chatContent: 'x', chatId: null, targetClientId: null });
  assert.match((await ann.next('add_chat')).payload.chatId, /./);
  await does(ann, 'raise_hand', { clientId: null });
  assert.equal((await state(ann, s => s.handsRaised.length === 1)).handsRaised[0].clientId, 'ann');
  await does(ann, 'recents_chat', { limit: null, before: null });
  await does(ann, 'mute', { clientId: 'bob', audio: null, video: null });
});
