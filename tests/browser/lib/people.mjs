/* people – several persons at once, by their ids: {ann, bob}. */

import assert from 'node:assert/strict';

/* Each has a connection to each other, and gets pictures. */
export async function everybodySees(people) {
  for (const [id, person] of Object.entries(people))
    for (const other of Object.keys(people))
      if (other !== id)
        await person.untilSees(other);
}

/* Ann, who is host, and Bob, in a call. */
export async function enterTwo(browser, room) {
  const ann = await browser.enter(room, 'ann', 'Ann Lee');
  await ann.untilState('open');
  const bob = await browser.enter(room, 'bob', 'Bob Ray');
  await everybodySees({ ann, bob });
  return { ann, bob };
}

/* A good page has had no complaint of scripts or of the content security policy by its end. */
export async function closeAll(people) {
  for (const person of Object.values(people)) {
    assert.deepEqual(person.errors, []);
    await person.close();
  }
}
