/* entrance – the form that asks where to go, and says why one is not in. */

import { $ } from './dom.js';
import { showView } from './ui.js';

/* Shows the form, filled with what is known, and with what went wrong: for people, and the server's
 * word for it. A token that is still good is kept, but not shown. `submit` gets the fields. */
export function showEntrance({ endpoint, room, token, name }, problem, word, submit) {
  const form = $('join');
  const fields = form.elements;
  fields.room.value = room;
  fields.endpoint.value = endpoint;
  fields.token.value = '';
  fields.token.required = token === '';
  fields.token.placeholder = token === '' ? 'eyJhbGciOi…' : 'the one you had';
  $('join-title').textContent = name ? `Join a room, ${name}` : 'Join a room';
  $('join-problem').textContent = problem;
  $('join-problem').hidden = problem === '';
  $('join-problem').dataset.word = word;
  showView('entrance');
  form.onsubmit = event => {
    event.preventDefault();
    submit({
      endpoint: fields.endpoint.value,
      room: fields.room.value.trim(),
      token: fields.token.value.trim() || token,
      name,
    });
  };
  [fields.room, fields.token, form.querySelector('button')]
    .find(field => field.matches('button, :invalid')).focus();
}
