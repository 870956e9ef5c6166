/* following – a beckonctl command that goes on until it is told to stop. */

import { spawn } from 'node:child_process';
import path from 'node:path';

import { PROGRAMS } from './service.mjs';
import { until, within } from './waiting.mjs';

export class Following {
  out = '';
  err = '';

  constructor(service, ...words) {
    this.child = spawn(path.join(PROGRAMS, 'beckonctl'), ['-c', service.config, ...words],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout.setEncoding('utf8').on('data', text => { this.out += text; });
    this.child.stderr.setEncoding('utf8').on('data', text => { this.err += text; });
    this.exited = new Promise(resolve =>
      this.child.on('close', (code, signal) => resolve({ code, signal })));
  }

  get lines() {
    return this.out.split('\n').slice(0, -1);
  }

  /* What it saw so far, of one that was asked for JSON. */
  get seen() {
    return this.lines.map(line => JSON.parse(line));
  }

  says(text, limit = 15_000) {
    return until(`${text} on stderr, which has: ${this.err}`, () => this.err.includes(text), limit);
  }

  sees(what, look, limit = 15_000) {
    return until(`${what}, with stdout: ${this.out}\n${this.err}`, () => this.seen.find(look), limit);
  }

  async end(signal = 'SIGINT') {
    this.child.kill(signal);
    return within(15_000, 'it ends', this.exited);
  }
}
