/* terminal – a program in a terminal, as a person has it: what it draws, keys, sizes, signals. */

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

import { until } from './waiting.mjs';

const SCRIPT = fileURLToPath(new URL('./terminal.py', import.meta.url));

export class Terminal {
  drawn = '';
  told = '';

  constructor(program, ...words) {
    this.child = spawn('python3', [SCRIPT, program, ...words], { stdio: 'pipe' });
    this.child.stdin.on('error', () => {});
    this.child.stdout.setEncoding('utf8').on('data', text => { this.drawn += text; });
    this.child.stderr.setEncoding('utf8').on('data', text => { this.told += text; });
  }

  #say(line) {
    this.child.stdin.write(`${line}\n`);
  }

  /* Keys as Python writes them, e.g. \x1b[C. */
  keys(text) {
    this.#say(`keys ${text}`);
  }

  size(columns, rows) {
    this.#say(`size ${columns} ${rows}`);
  }

  signal(name) {
    this.#say(`signal ${constants.signals[name]}`);
  }

  /* The newest page, line by line, without what colours it. */
  get page() {
    const pages = this.drawn.split('\u001b[H');
    return (pages.length > 1 ? pages.at(-1) : '').replace(/\u001b\[[0-9;?]*[a-zA-Z]/g, '').split('\r\n');
  }

  shows(what, look, limit = 15_000) {
    return until(`${what} on ${JSON.stringify(this.drawn.slice(-1500))}, ${this.told}`,
      () => look(this.page), limit);
  }

  says(text, limit = 15_000) {
    return until(`${text} in ${this.told}, and ${JSON.stringify(this.drawn.slice(-500))}`,
      () => this.told.includes(text), limit);
  }

  modes() {
    this.told = '';
    this.#say('modes');
    return until('the modes', () => /modes (\w+)/.exec(this.told)?.[1]);
  }

  /* → its exit status (a signal's is negative), and if the terminal is as it was. */
  async ended(limit = 15_000) {
    await this.says('ended', limit);
    return {
      status: Number(/ended (-?\d+)/.exec(this.told)[1]),
      modes: /modes (\w+)\nended/.exec(this.told)[1],
    };
  }

  close() {
    this.child.stdin.end();
  }
}
