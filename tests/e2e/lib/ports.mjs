/* ports – of this machine, for servers that a test starts. */

import net from 'node:net';

const given = new Set();

/* A port on which nobody listens, and that nobody here was told of before: the system may give the
 * same one twice where the first has not been taken yet. */
export async function freePort() {
  const server = net.createServer();
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise(resolve => server.close(resolve));
  if (given.has(port))
    return freePort();
  given.add(port);
  return port;
}
