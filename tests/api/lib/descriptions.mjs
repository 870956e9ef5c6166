/* descriptions – the program's own tables, and the files that describe them to others. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { parse } from 'yaml';

import { PROGRAMS } from '../../e2e/lib/service.mjs';

/* What a program says to -Q: rows as objects by the names of the heading. */
export function table(name, program = 'beckon-handler') {
  const text = execFileSync(path.join(PROGRAMS, program), ['-Q', name], { encoding: 'utf8' });
  const [heading, ...rows] = text.trimEnd().split('\n').map(line => line.split('\t'));
  return rows.map(row => Object.fromEntries(heading.map((key, i) => [key, row[i]])));
}

export const pathOf = name =>
  fileURLToPath(new URL(`../../../gateway-conf/api/${name}`, import.meta.url));

export const textOf = name => readFileSync(pathOf(name), 'utf8');

export const read = name => parse(textOf(name));
