/* keys – a service that begins with keys of the test's own. */

import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/* The state folder, as a launcher would leave it, with a folder for keys, which goes with it to the
 * user as whom the service runs. → that folder */
function makeKeys(state) {
  const keys = path.join(state, 'keys');
  mkdirSync(keys, { recursive: true });
  writeFileSync(path.join(state, 'beckon.lock'), '');
  return keys;
}

/* To be given to suite or Service.start: a secret, where the launcher would make none. */
export function withSecret(secret) {
  return state => writeFileSync(path.join(makeKeys(state), 'dev.HS256.secret'), secret, { mode: 0o600 });
}

/* All that is in a folder. */
export function withKeysOf(folder) {
  return state => {
    const keys = makeKeys(state);
    for (const file of readdirSync(folder)) {
      copyFileSync(path.join(folder, file), path.join(keys, file));
      chmodSync(path.join(keys, file), 0o600);
    }
  };
}

/* The state folder with the file of a secret for TURN. → that file */
export function makeTurnSecret(state, secret) {
  const file = path.join(path.dirname(makeKeys(state)), 'turn.secret');
  writeFileSync(file, secret, { mode: 0o600 });
  return file;
}

/* The same, to be given to suite with the environment, which learns where it is. */
export function withTurnSecret(env, secret) {
  return state => { env.TURN_SECRET = makeTurnSecret(state, secret); };
}
