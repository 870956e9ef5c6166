/* disk – a small file system of its own, that can be filled. Only root may mount one. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const run = (...words) => execFileSync(words[0], words.slice(1), { stdio: 'ignore' });

/* Mounts it on the folder, which is made; null where that is not allowed. */
export function smallDisk(folder, size = '1m') {
  const filler = path.join(folder, 'filler');
  mkdirSync(folder, { recursive: true });
  try {
    run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder);
  } catch {
    return null;
  }
  chmodSync(folder, 0o777);
  return {
    folder,
    fill() {
      try {
        for (;;)
          writeFileSync(filler, Buffer.alloc(4096), { flag: 'a' });
      } catch (error) {
        assert.equal(error.code, 'ENOSPC');
      }
    },
    free: () => rmSync(filler, { force: true }),
    unmount: () => run('umount', '-l', folder),
  };
}
