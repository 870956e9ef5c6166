/* app – the demo page: where to go, and who goes in or comes back out.
 *
 * The address says where to: #endpoint=zoom&room=r1&token=…&name=Ann. Without room or token a
 * form asks for them. `name` only greets: who one is, the token says. */

import { Call } from './call.js';
import { showEntrance } from './entrance.js';
import * as ui from './ui.js';

const ENDPOINTS = ['zoom', 'screenshare', 'chat'];

/* Ends after which the same token is good for another try. */
const MAY_RETURN = ['left', 'kicked', 'room_closed'];

let call = null; // the one under way

function join(where) {
  call = new Call(where, ask);
  window.beckonDebug = call.debug;
  call.start();
}

/* The form, with what went wrong. */
function ask(where, problem = '', word = '') {
  const token = MAY_RETURN.includes(word) ? where.token : '';
  call = null;
  ui.showRoom({ endpoint: where.endpoint, room: '' });
  showEntrance({ ...where, token }, problem, word, join);
}

/* Reads where to go and takes the token out of the address bar: it would stay in the history, and
 * be in every screenshot. */
function readAddress() {
  const params = new URLSearchParams(location.hash.slice(1));
  const where = {
    endpoint: ENDPOINTS.includes(params.get('endpoint')) ? params.get('endpoint') : 'zoom',
    room: params.get('room') ?? '',
    token: params.get('token') ?? '',
    name: params.get('name') ?? '',
  };
  if (params.has('token')) {
    params.delete('token');
    history.replaceState(null, '', `#${params}`);
  }
  return where;
}

function begin() {
  const where = readAddress();
  if (where.room && where.token)
    join(where);
  else
    ask(where);
}

for (const side of ['people', 'chat'])
  ui.onControl(`toggle-${side}`, () => ui.toggleSide(side));
addEventListener('online', () => call?.networkIsBack());
addEventListener('hashchange', () => location.reload()); // another link was put into this tab
begin();
