/* ui – what the page shows: the tiles, the chat, the status, the form for joining.
 *
 * Everything that came from somebody else is put in as text, never as markup. It knows no server
 * and no peer connection: app.js tells it what happened. */

const $ = id => document.getElementById(id);

const root = document.documentElement;

/* Status */

export function showRoom({ endpoint, room }) {
  root.classList.toggle('endpoint-chat', endpoint === 'chat');
  $('room-name').textContent = room;
  document.title = room ? `${room} – Beckon` : 'Beckon';
}

/* state: a word for style sheets and tests; text: for people. */
export function showStatus(state, text) {
  root.dataset.state = state;
  $('status').textContent = text;
}

/* Something the person should know, one thing per topic; '' takes it away. */
export function showNotice(topic, text) {
  let notice = $('notices').querySelector(`[data-topic="${topic}"]`);
  if (text === '') {
    notice?.remove();
    return;
  }
  if (!notice) {
    notice = document.createElement('p');
    notice.className = 'problem';
    notice.dataset.topic = topic;
    $('notices').append(notice);
  }
  notice.textContent = text;
}

/* Joining */

/* Shows the form, filled with what is known, and with what went wrong: for people, and the server's
 * word for it. A token that is still good is kept, but not shown. `submit` gets the fields. */
export function showJoin({ endpoint, room, token, name }, problem, word, submit) {
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
  $('lobby').hidden = false;
  $('call').hidden = true;
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

export function showCall() {
  $('lobby').hidden = true;
  $('call').hidden = false;
}

/* Tiles */

const tiles = new Map(); // clientId → its figure

export function setPeople(people) {
  const present = new Set(people.map(({ clientId }) => clientId));
  for (const clientId of tiles.keys())
    if (!present.has(clientId))
      removePerson(clientId);
  for (const person of people)
    setPerson(person);
}

export function setPerson({ clientId, displayName, role, self = false }) {
  const tile = tiles.get(clientId) ?? addTile(clientId, self);
  const badge = tile.querySelector('.badge');
  tile.dataset.role = role;
  tile.querySelector('.name').textContent = self ? `${displayName} (you)` : displayName;
  tile.querySelector('.initials').textContent = initials(displayName);
  badge.textContent = role;
  badge.hidden = role === 'participant';
}

/* stream null: no picture, but who it is. */
export function setStream(clientId, stream) {
  const tile = tiles.get(clientId);
  if (!tile)
    return;
  const video = tile.querySelector('video');
  if (video.srcObject !== stream)
    video.srcObject = stream;
  const watch = () => tile.classList.toggle('has-picture', hasPicture(stream));
  for (const track of stream?.getVideoTracks() ?? [])
    track.onmute = track.onunmute = track.onended = watch;
  watch();
  if (stream)
    play(video);
}

/* How the connection to this person is doing; nothing is said while all is well. */
export function setLink(clientId, state) {
  const tile = tiles.get(clientId);
  if (!tile)
    return;
  const link = tile.querySelector('.link');
  tile.dataset.connection = state;
  link.textContent = LINK_TEXT[state] ?? '';
  link.hidden = link.textContent === '';
}

const LINK_TEXT = {
  new: 'connecting …',
  connecting: 'connecting …',
  disconnected: 'interrupted',
  failed: 'no connection',
};

function addTile(clientId, self) {
  const tile = $('tile').content.firstElementChild.cloneNode(true);
  tile.dataset.clientId = clientId;
  tile.classList.toggle('self', self);
  tile.querySelector('video').muted = self;
  tiles.set(clientId, tile);
  $('grid').append(tile);
  arrange();
  return tile;
}

export function removePerson(clientId) {
  tiles.get(clientId)?.remove();
  tiles.delete(clientId);
  arrange();
}

/* The number of columns that makes pictures of 16:9 largest. */
function arrange() {
  const { clientWidth, clientHeight } = $('grid');
  const pictureWidth = columns => Math.min(clientWidth / columns,
    clientHeight / Math.ceil(tiles.size / columns) * 16 / 9);
  let best = 1;
  for (let columns = 2; columns <= tiles.size; columns++)
    if (pictureWidth(columns) > pictureWidth(best))
      best = columns;
  $('grid').style.setProperty('--columns', best);
}
addEventListener('resize', arrange);

function hasPicture(stream) {
  return (stream?.getVideoTracks() ?? []).some(t => t.readyState === 'live' && !t.muted);
}

/* Browsers refuse sound on a page that was never touched. */
async function play(video) {
  try {
    await video.play();
  } catch (error) {
    if (error.name !== 'NotAllowedError')
      return; // replaced by another stream meanwhile
    showNotice('sound',
      'The browser keeps the sound off until you click somewhere on this page.');
    addEventListener('click', () => {
      showNotice('sound', '');
      for (const tile of tiles.values())
        play(tile.querySelector('video'));
    }, { once: true });
  }
}

function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ''].map(w => [...w][0] ?? '');
  return letters.join('').toUpperCase();
}

/* Controls: each is on or off, and calls back when clicked */

export function onControl(id, click) {
  $(id).onclick = click;
}

export function setControl(id, on) {
  $(id).setAttribute('aria-pressed', String(on));
}

export function toggleChat() {
  const hidden = $('call').classList.toggle('without-chat');
  setControl('toggle-chat', !hidden);
  arrange();
}

/* Chat */

/* submit(text) sends; resolves when the server has taken it, rejects with why not. */
export function onSay(submit) {
  const form = $('say');
  form.onsubmit = async event => {
    event.preventDefault();
    const text = form.elements.text.value.trim();
    if (text === '')
      return;
    form.elements.text.value = '';
    try {
      await submit(text);
    } catch (error) {
      form.elements.text.value ||= text;
      addNews(`Your message was not sent. ${error.message}`, true);
    }
  };
}

export function addMessage({ displayName, chatContent, timestamp, clientId }) {
  const item = $('message').content.firstElementChild.cloneNode(true);
  const date = new Date(timestamp);
  const time = item.querySelector('time');
  item.dataset.clientId = clientId;
  item.querySelector('.name').textContent = displayName;
  item.querySelector('.text').textContent = chatContent;
  time.dateTime = date.toISOString();
  time.textContent = date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  appendToLog(item);
}

export function addNews(text, bad = false) {
  const item = document.createElement('li');
  item.className = bad ? 'news bad' : 'news';
  item.textContent = text;
  appendToLog(item);
}

export function clearRoom() {
  setPeople([]);
  $('messages').replaceChildren();
  $('notices').replaceChildren();
}

/* Follows the newest, unless the reader has scrolled back. */
function appendToLog(item) {
  const log = $('messages');
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.append(item);
  if (atEnd)
    log.scrollTop = log.scrollHeight;
}
