/* waiting – for something to become true, with a limit; never for time to pass. */

/* Everything is slower under sanitizers. */
export const SLOWER = process.env.BECKON_SANITIZED ? 5 : 1;

/* Calls look() until it returns something true, and returns that. */
export async function until(what, look, limit = 5000) {
  const end = performance.now() + limit * SLOWER;
  for (;;) {
    const found = await look();
    if (found)
      return found;
    if (performance.now() > end)
      throw new Error(`waited ${limit * SLOWER} ms for ${what}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

/* The promise's outcome, or an error once the limit has passed. */
export function within(limit, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${limit * SLOWER} ms`)),
      limit * SLOWER);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
