/* tokens – JWTs made here, byte by byte, so that they can be wrong in any way one likes.
 *
 * Good tokens come from `beckonctl token` (service.mjs); these are for what must be refused, and
 * for the shapes other people mint. */

import { createHmac } from 'node:crypto';

export const HOUR = 3600;

export function now() {
  return Math.floor(Date.now() / 1000);
}

function encode(value) {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return Buffer.from(text).toString('base64url');
}

const HASH = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' };

/* A token, good for an hour, whose first two parts sign() makes the third of. Claims that are
 * undefined are left out: {exp: undefined}. */
export function compact(header, claims, sign) {
  const head = { typ: 'JWT', ...header };
  const body = { sub: 'ann', exp: now() + HOUR, ...claims };
  const text = `${encode(head)}.${encode(body)}`;
  return `${text}.${sign(Buffer.from(text)).toString('base64url')}`;
}

/* A token signed as its header says, if that is an HMAC; else by HS256 in whatever its name is. */
export function forge({ secret, header = {}, claims = {} }) {
  const head = { alg: 'HS256', ...header };
  return compact(head, claims, text =>
    createHmac(HASH[head.alg] ?? 'sha256', secret).update(text).digest());
}

/* The same token with one bit of its signature turned. */
export function damage(token) {
  const [head, body, signature] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  bytes[0] ^= 1;
  return `${head}.${body}.${bytes.toString('base64url')}`;
}
