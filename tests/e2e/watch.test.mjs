/* watch – an operator looks at a room: sees everything but what is said, is in nobody's way, and is
 * not lost when the broker is. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';

import { Following } from './lib/following.mjs';
import { PROGRAMS } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';
import { until, within } from './lib/waiting.mjs';

const { service, rule } = await suite({ BUS_QUEUE: '4' }); // bus messages kept for one who is slow

async function watching(run, ...words) {
  const watch = new Following(service, 'watch', ...words);
  try {
    await watch.says('watching');
    return await run(watch);
  } finally {
    watch.child.kill('SIGKILL');
    await watch.exited;
  }
}

/* The subscription takes hold a moment after it was asked for: until then something is said. */
async function heard(watch, client) {
  await until('something to be heard', async () => {
    await client.ask('reaction', { emoji: 'x' });
    return watch.out.includes('reaction');
  }, 15_000);
}

rule('a-line-says-who-did-what-and-not-what-was-said', async room => {
  const [ann, ben] = await service.people(room, 'ann', 'ben');
  await watching(async watch => {
    await heard(watch, ann);
    const { payload: { seq } } = await ann.ask('add_chat', { chatContent: 'SECRET-TEXT' });
    const chat = await watch.sees('the chat', s => s.event === 'add_chat');
    assert.deepEqual([chat.room, chat.who, chat.seq], [`zoom/${room}`, 'ann', seq]);
    assert.ok(chat.size > 'SECRET-TEXT'.length && Math.abs(chat.time - Date.now()) < 60_000);
    await ben.ask('offer', { targetClientId: 'ann', sdp: 'SECRET-SDP' });
    await ben.ask('reaction', { emoji: 'y' }); // mail's places are told with what comes next
    const stub = await watch.sees('the place of the offer', s => s.event === '(direct)');
    assert.deepEqual([stub.target, stub.who, stub.size], ['ann', undefined, 0]);
    assert.doesNotMatch(watch.out, /SECRET/);
    const numbers = watch.seen.map(s => s.seq);
    assert.deepEqual(numbers, numbers.map((_, i) => numbers[0] + i), 'each place once');
  }, `zoom/${room}`, '--json');
});

rule('text-is-shown-where-it-is-asked-for-and-that-is-said', async room => {
  const [ann] = await service.people(room, 'ann');
  await watching(async watch => {
    assert.match(watch.err, /what people say is shown/);
    await heard(watch, ann);
    await ann.ask('add_chat', { chatContent: 'he\u001b[31mllo \u202e\u009b2J there' });
    await until('the text', () => watch.out.includes('there'), 15_000);
    assert.match(watch.out, / add_chat .*he.*llo/);
    assert.doesNotMatch(watch.out, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  }, `zoom/${room}`, '--text');
});

rule('without-a-room-comings-of-all-are-seen-new-rooms-included', async room => {
  await watching(async watch => {
    const ann = await service.join({ room, sub: 'ann' });
    const ben = await service.join({ room: `${room}-b`, endpoint: 'chat', sub: 'ben' });
    await ann.ask('add_chat', { chatContent: 'hello' });
    await ben.close();
    await watch.sees('ann', s => s.room === `zoom/${room}` && s.who === 'ann' && s.event === 'connect');
    await watch.sees('ben', s => s.room === `chat/${room}-b` && s.who === 'ben' && s.event === 'connect');
    await watch.sees('ben leaving', s => s.who === 'ben' && s.event === 'disconnect');
    assert.ok(watch.seen.every(s => ['connect', 'disconnect'].includes(s.event)));
  }, '--json');
});

rule('another-broker-is-followed-and-that-is-said', async room => {
  const [ann] = await service.people(room, 'ann');
  const all = new Following(service, 'watch', '--json');
  await all.says('watching');
  await watching(async watch => {
    await heard(watch, ann);
    const [broker] = service.running('beckon-broker');
    process.kill(broker, 'SIGKILL');
    await watch.says('watching again');
    assert.match(watch.err, /another one/);
    const emoji = await until('what is said then', async () => {
      await ann.ask('reaction', { emoji: 'z' }, 15_000);
      return watch.seen.filter(s => s.event === 'reaction').length > 3;
    }, 15_000);
    assert.ok(emoji);
    await all.says('watching again');
    await service.join({ room, sub: 'ben' });
    await all.sees('ben', s => s.who === 'ben' && s.room === `zoom/${room}`);
  }, `zoom/${room}`, '--json');
  assert.deepEqual(await all.end(), { code: 0, signal: null });
});

rule('it-ends-when-it-is-told-to-and-when-nobody-reads-it', async room => {
  await service.people(room, 'ann');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    const watch = new Following(service, 'watch', `zoom/${room}`);
    await watch.says('watching');
    assert.deepEqual(await watch.end(signal), { code: 0, signal: null });
  }
  const watch = new Following(service, 'watch', `zoom/${room}`);
  await watch.says('watching');
  watch.child.stdout.destroy(); // as `| head` does, and no message comes that would tell
  const how = await within(15_000, 'it ends', watch.exited);
  assert.deepEqual(how, { code: 0, signal: null });
  assert.doesNotMatch(watch.err, /cannot write/);
});

rule('a-room-that-is-not-there-is-said-to-be', async room => {
  const watch = new Following(service, 'watch', `zoom/${room}`);
  assert.deepEqual(await watch.exited, { code: 2, signal: null });
  assert.match(watch.err, /There is no room/);
});

rule('a-room-that-ends-is-the-end-of-watching-it', async room => {
  const [ann] = await service.people(room, 'ann');
  const watch = new Following(service, 'watch', `zoom/${room}`);
  await watch.says('watching');
  ann.send('close_room', {});
  assert.deepEqual(await within(30_000, 'it ends', watch.exited), { code: 0, signal: null });
  assert.match(watch.err, /the room is over/);
});

/* A subscriber that stands still: the room goes on as if it were not there. */
rule('whoever-watches-and-is-slow-is-in-nobody-s-way', async room => {
  const [ann, ben] = await service.people(room, 'ann', 'ben');
  const stalled = spawn(path.join(PROGRAMS, 'beckonctl'),
    ['-c', service.config, 'watch', `zoom/${room}`, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let err = '', out = '';
  stalled.stderr.on('data', text => { err += text; });
  await until('it to watch', () => err.includes('watching'), 15_000);
  stalled.kill('SIGSTOP');
  try {
    const count = 60;
    for (let i = 0; i < count; i++)
      assert.equal((await ann.ask('message', { data: `${i}${'x'.repeat(15_000)}` })).event, 'ack');
    await ben.next('message', ({ data }) => data.startsWith(`${count - 1}x`), 30_000);
    const got = ben.of('message').map(({ payload }) => parseInt(payload.data, 10));
    assert.deepEqual(got, Array.from({ length: count }, (_, i) => i));
    stalled.stdout.on('data', text => { out += text; });
    stalled.kill('SIGCONT');
    await until('it to say that it missed something', async () => {
      await ann.ask('reaction', { emoji: 'x' });
      return /"missed":\d+/.test(out);
    }, 15_000);
  } finally {
    stalled.kill('SIGKILL');
  }
});
