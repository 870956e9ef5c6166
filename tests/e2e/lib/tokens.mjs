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

/* A token signed as its header says, if that is an HMAC; else by HS256 in whatever its name is.
 * Claims that are undefined are left out: {exp: undefined}. */
export function forge({ secret, header = {}, claims = {} }) {
  const head = { alg: 'HS256', typ: 'JWT', ...header };
  const body = { sub: 'ann', exp: now() + HOUR, ...claims };
  const signed = `${encode(head)}.${encode(body)}`;
  const signature = createHmac(HASH[head.alg] ?? 'sha256', secret).update(signed);
  return `${signed}.${signature.digest('base64url')}`;
}

/* The same token with one bit of its signature turned. */
export function damage(token) {
  const [head, body, signature] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  bytes[0] ^= 1;
  return `${head}.${body}.${bytes.toString('base64url')}`;
}
