/* provider – an identity provider: a server that publishes keys, well or badly, and signs tokens.
 *
 * https with a certificate of an authority made here by openssl, or plain http. It counts what it is
 * asked. */

import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

import { compact } from './tokens.mjs';

const KINDS = {
  RS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
  weak: ['rsa', { modulusLength: 1024 }],
};

/* A pair of keys: {kid, alg, jwk, key}; the JWK is the public half. */
export function makeKey(kid, kind = 'RS256') {
  const { publicKey, privateKey } = generateKeyPairSync(...KINDS[kind]);
  const alg = kind === 'weak' ? 'RS256' : kind;
  return { kid, alg, key: privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg } };
}

/* A token signed with such a key. */
export function signed({ kid, alg, key }, claims) {
  return compact({ alg, kid }, claims, text =>
    sign('sha256', text, { key, dsaEncoding: 'ieee-p1363' }));
}

function openssl(...words) {
  execFileSync('openssl', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/* An authority and certificates by it, in files that begin with this path. */
export class Authority {
  constructor(prefix) {
    this.prefix = prefix;
    this.file = `${prefix}.pem`;
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=tests',
      '-keyout', `${prefix}.key`, '-out', this.file);
  }

  /* → {key, cert} for a server of these names */
  certify(names, { days = 2 } = {}) {
    const file = `${this.prefix}.server`;
    writeFileSync(`${file}.ext`, `subjectAltName=${names.join(',')}\n`);
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=server',
      '-keyout', `${file}.key`, '-out', `${file}.csr`);
    openssl('x509', '-req', '-in', `${file}.csr`, '-CA', this.file, '-CAkey', `${this.prefix}.key`,
      '-CAcreateserial', '-days', String(days), '-extfile', `${file}.ext`, '-out', `${file}.pem`);
    return { key: readFileSync(`${file}.key`), cert: readFileSync(`${file}.pem`) };
  }
}

export const HERE = ['DNS:localhost', 'IP:127.0.0.1'];

export class Provider {
  keys = [];
  requests = []; // {url, headers}
  headers = {};
  answer = null; // (request, response) => …, instead of the set
  #sockets = new Set();

  static async start({ certificate } = {}) {
    const provider = new Provider();
    provider.secure = Boolean(certificate);
    const answer = (request, response) => provider.#take(request, response);
    provider.server = certificate
      ? https.createServer(certificate, answer) : http.createServer(answer);
    provider.server.on('connection', socket => {
      provider.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => provider.#sockets.delete(socket));
    });
    await provider.listen();
    return provider;
  }

  /* On the port it had before, if it had one. */
  async listen() {
    await new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.port ?? 0, '127.0.0.1', resolve);
    });
    this.port = this.server.address().port;
  }

  get origin() {
    return `${this.secure ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  get set() {
    return JSON.stringify({ keys: this.keys.map(({ jwk }) => jwk) });
  }

  #take(request, response) {
    this.requests.push({ url: request.url, headers: request.headers });
    response.on('error', () => {});
    if (this.answer)
      this.answer(request, response);
    else
      this.#publish(request, response);
  }

  #publish(request, response) {
    const { ETag } = this.headers;
    const same = ETag && request.headers['if-none-match'] === ETag;
    response.writeHead(same ? 304 : 200, { 'Content-Type': 'application/json', ...this.headers });
    response.end(same ? undefined : this.set);
  }

  async stop() {
    for (const socket of this.#sockets)
      socket.destroy();
    await new Promise(resolve => this.server.close(resolve));
  }
}
