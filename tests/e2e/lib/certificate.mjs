/* certificate – for tests, one that vouches for itself. */

import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import path from 'node:path';

/* For localhost, with this name, in this folder. → its files */
export function makeCertificate(folder, name) {
  const file = ending => path.join(folder, `${name}.${ending}`);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
    '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost',
    '-keyout', file('key'), '-out', file('pem')], { stdio: 'pipe' });
  chmodSync(file('key'), 0o644); // a launcher started by root goes on as another user
  return { certificate: file('pem'), key: file('key') };
}
