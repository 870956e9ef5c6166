/* admin – an application's back end, as it uses the API under /api/. */

import { forge } from './tokens.mjs';

export const AUDIENCE = 'https://beckon.example/api';
export const SCOPES = 'beckon:read beckon:moderate';

/* A token of an application; claims that are undefined are left out. */
export function adminToken(service, claims = {}) {
  const { secret } = service.key;
  return forge({ secret, claims: { sub: 'back-end', aud: AUDIENCE, scope: SCOPES, ...claims } });
}

/* A request under /api/ with a good token; a body that is no text is sent as JSON. */
export function api(service, method, path, body, { token = adminToken(service), ...headers } = {}) {
  const isJson = body !== undefined && typeof body === 'object' && !Array.isArray(body);
  return service.get(`/api/${path}`, {
    method,
    body: isJson ? JSON.stringify(body) : body,
    headers: {
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
  });
}
