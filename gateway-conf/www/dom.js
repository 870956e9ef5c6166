/* dom – pages made of templates.
 *
 * Everything that came from somebody else is put in as text, never as markup. */

export const $ = id => document.getElementById(id);

/* A fresh copy of the one element in this template. */
export function stamp(templateId) {
  return $(templateId).content.firstElementChild.cloneNode(true);
}

/* Makes parent have one child per person, in this order. A child lives for as long as its person is
 * listed, so that what is open or focused in it stays so. */
export function keepList(parent, people, make, update) {
  const wanted = new Set(people.map(({ clientId }) => clientId));
  const children = new Map();
  for (const child of [...parent.children])
    if (wanted.has(child.dataset.clientId))
      children.set(child.dataset.clientId, child);
    else
      child.remove();
  people.forEach((person, at) => {
    const child = children.get(person.clientId) ?? make(person);
    child.dataset.clientId = person.clientId;
    update(child, person);
    if (parent.children[at] !== child)
      parent.insertBefore(child, parent.children[at] ?? null);
  });
}
