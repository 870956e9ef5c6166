/* top – how busy rooms are, on a terminal that is given back whatever happens. */

import assert from 'node:assert/strict';
import path from 'node:path';

import { PROGRAMS } from './lib/service.mjs';
import { suite } from './lib/suite.mjs';
import { Terminal } from './lib/terminal.mjs';
import { until } from './lib/waiting.mjs';

const { service, rule } = await suite();

async function onTerminal(run, ...words) {
  const terminal = new Terminal(path.join(PROGRAMS, 'beckonctl'), '-c', service.config, 'top',
    '--interval', '0.2', ...words);
  try {
    await terminal.shows('the titles', page => page.some(line => line.startsWith('NAME')));
    return await run(terminal);
  } finally {
    terminal.close();
  }
}

const at = (page, name) => page.findIndex(line => line.startsWith(name));

/* Says so many things, one after the other. */
async function talk(client, count) {
  for (let i = 0; i < count; i++)
    await client.ask('reaction', { emoji: 'x' });
}

rule('the-busier-room-comes-first-with-its-rate', async room => {
  const [ann, ben] = await service.people(`${room}-busy`, 'ann', 'ben');
  const eve = await service.join({ room: `${room}-calm`, sub: 'eve' });
  await onTerminal(async terminal => {
    let over = false;
    const talking = (async () => { while (!over) await talk(ann, 5); })();
    try {
      await terminal.shows('the busy room first', page => {
        const busy = page[at(page, `zoom/${room}-busy`)]?.trim().split(/\s+/);
        return busy && Number(busy[1]) === 2 && parseFloat(busy[2]) > 1
          && at(page, `zoom/${room}-busy`) < at(page, `zoom/${room}-calm`);
      });
      await terminal.shows('the broker', page =>
        page[1].includes(`broker ${service.running('beckon-broker')[0]}: cpu`));
      terminal.keys('nr'); // by name, turned round: c is behind b
      await terminal.shows('the other order', page => {
        const [busy, calm] = [at(page, `zoom/${room}-busy`), at(page, `zoom/${room}-calm`)];
        return calm >= 0 && calm < busy && page.some(line => line.startsWith('NAME*'));
      });
      terminal.keys('\\x1b[C'); // an arrow: the next column
      await terminal.shows('another column', page => page.some(line => line.includes('CONN*')));
    } finally {
      over = true;
      await talking;
    }
    terminal.keys('q');
    assert.deepEqual(await terminal.ended(), { status: 0, modes: 'same' });
    assert.ok(terminal.drawn.endsWith('\u001b[?25h\u001b[?1049l'), 'the page before is back');
  });
  await Promise.all([ben.settle(), eve.settle()]);
});

rule('connections-are-another-page', async room => {
  await service.people(room, 'ann', 'ben');
  await onTerminal(async terminal => {
    terminal.keys('t');
    await terminal.shows('ann', page => page.some(line => line.startsWith(`ann  zoom/${room}`)));
    terminal.keys('t');
    await terminal.shows('rooms again', page => at(page, `zoom/${room}`) > 0);
  });
});

rule('the-terminal-is-given-back-whatever-happens', async room => {
  await service.people(room, 'ann');
  const ends = { SIGINT: 0, SIGTERM: 0, SIGHUP: 0, SIGSEGV: -11, SIGABRT: -6 };
  for (const [signal, status] of Object.entries(ends)) {
    await onTerminal(async terminal => {
      assert.equal(await terminal.modes(), 'changed', 'keys are not echoed');
      terminal.signal(signal);
      const how = await terminal.ended();
      if (!process.env.BECKON_SANITIZED || status === 0)
        assert.deepEqual(how, { status, modes: 'same' }, signal);
      assert.match(terminal.drawn, /\u001b\[\?25h\u001b\[\?1049l/, signal);
    });
  }
});

rule('stopped-it-gives-the-terminal-back-and-continued-takes-it-again', async room => {
  await service.people(room, 'ann');
  await onTerminal(async terminal => {
    terminal.keys('\\x1a'); // Ctrl-Z
    await terminal.says('stopped');
    assert.equal(await terminal.modes(), 'same');
    const drawn = terminal.drawn.length;
    terminal.signal('SIGCONT');
    await until('it to draw again', () => terminal.drawn.slice(drawn).includes('NAME'), 15_000);
    assert.equal(await terminal.modes(), 'changed');
    terminal.keys('q');
    assert.deepEqual(await terminal.ended(), { status: 0, modes: 'same' });
  });
});

rule('it-fits-the-terminal-and-follows-its-size', async room => {
  for (let i = 0; i < 12; i++)
    await service.join({ room: `${room}-${i}`, sub: `p${i}` });
  await onTerminal(async terminal => {
    terminal.size(50, 8);
    await terminal.shows('a small page', page =>
      page.length <= 8 && page.length > 3 && page.every(line => [...line].length <= 50));
    terminal.size(120, 40);
    await terminal.shows('a large one', page => page.length > 14);
  });
});

/* It says what is wrong, and goes on with the next broker. */
rule('another-broker-is-looked-at-when-it-is-there', async room => {
  const [ann] = await service.people(room, 'ann');
  await onTerminal(async terminal => {
    const [broker] = service.running('beckon-broker');
    process.kill(broker, 'SIGKILL');
    await terminal.shows('the next broker', page =>
      /broker (\d+):/.exec(page[1])?.[1] > 0 && !page[1].includes(`broker ${broker}:`)
      && at(page, `zoom/${room}`) > 0, 20_000);
    await ann.ask('reaction', { emoji: 'x' }, 15_000);
  });
});

rule('without-a-terminal-it-looks-once', async room => {
  const [ann] = await service.people(room, 'ann');
  const looking = service.ctl('top', '--interval', '1', '--json');
  await talk(ann, 20);
  const { rows, connections, brokerMemory } = JSON.parse(await looking);
  const row = rows.find(r => r.name === `zoom/${room}`);
  assert.ok(connections >= 1 && brokerMemory > 1e6 && row.connections === 1);
  assert.ok(row.bytesPerSecond >= 0);
  const text = await service.ctl('top', '--interval', '0.1', '--sort', 'name');
  assert.match(text, new RegExp(`\nzoom/${room} `));
  assert.doesNotMatch(text, /\u001b/);
});
