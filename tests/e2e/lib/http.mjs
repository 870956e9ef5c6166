/* http – requests with exactly the path and headers one wants, upgrade or not. */

import http from 'node:http';
import { randomBytes } from 'node:crypto';

const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
};

/* GET, unless said otherwise. path goes out as it is, and so does a body, in chunks where it is an
 * array. → {status, headers, text, json}; json is undefined where the answer is not JSON. With
 * upgrade a 101 ends the connection at once. */
export function get(origin, path, { method = 'GET', headers = {}, upgrade = false, body } = {}) {
  const { hostname, port } = new URL(origin);
  if (upgrade)
    headers = { ...UPGRADE, 'Sec-WebSocket-Key': randomBytes(16).toString('base64'), ...headers };
  if (Array.isArray(body))
    headers = { 'Transfer-Encoding': 'chunked', ...headers };
  else if (body !== undefined)
    headers = { 'Content-Length': Buffer.byteLength(body), ...headers };
  return new Promise((resolve, reject) => {
    const request = http.request({ method, hostname, port, path, headers, agent: false });
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode, headers: response.headers, text: '' });
    });
    request.on('response', response => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', chunk => { text += chunk; });
      response.on('end', () => resolve({
        status: response.statusCode, headers: response.headers, text, json: parse(text),
      }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.setTimeout(20_000, () => request.destroy(new Error(`${method} ${path}: no answer`)));
    for (const chunk of Array.isArray(body) ? body : [])
      request.write(chunk);
    request.end(Array.isArray(body) ? undefined : body);
  });
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
