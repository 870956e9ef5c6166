/* tiles – one picture for each person in the room, with the name and what is on. */

import { $, stamp } from './dom.js';
import { play } from './play.js';

const REACTION_MS = 3_500;

const LINK_TEXT = {
  new: 'connecting …',
  connecting: 'connecting …',
  disconnected: 'interrupted',
  failed: 'no connection',
  away: 'is coming back …', // to the room; the call with this one goes on
};

const tiles = new Map(); // clientId → its figure

export function setPeople(people) {
  const present = new Set(people.map(({ clientId }) => clientId));
  for (const clientId of tiles.keys())
    if (!present.has(clientId))
      removePerson(clientId);
  for (const person of people)
    setPerson(person);
}

/* A person as room.js describes it. */
export function setPerson({ clientId, displayName, host, self, unmuted, cameraOn, hand }) {
  const tile = tiles.get(clientId) ?? addTile(clientId, self);
  Object.assign(tile.dataset, {
    role: host ? 'host' : 'participant',
    mic: unmuted ? 'on' : 'off',
    camera: cameraOn ? 'on' : 'off',
  });
  tile.querySelector('.name').textContent = self ? `${displayName} (you)` : displayName;
  tile.querySelector('.initials').textContent = initials(displayName);
  tile.querySelector('.badge').hidden = !host;
  showHand(tile.querySelector('.hand'), hand);
}

export function removePerson(clientId) {
  tiles.get(clientId)?.remove();
  tiles.delete(clientId);
  arrange();
}

/* A raised hand with its place in the order; 0 is down. */
export function showHand(mark, place) {
  mark.querySelector('b').textContent = place || '';
  mark.hidden = !place;
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

export function showReaction(clientId, emoji) {
  const bubble = document.createElement('span');
  bubble.className = 'reaction';
  bubble.textContent = emoji;
  tiles.get(clientId)?.append(bubble);
  setTimeout(() => bubble.remove(), REACTION_MS);
}

function addTile(clientId, self) {
  const tile = stamp('tile');
  tile.dataset.clientId = clientId;
  tile.classList.toggle('self', self);
  tile.querySelector('video').muted = self;
  tiles.set(clientId, tile);
  $('grid').append(tile);
  arrange();
  return tile;
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

function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ''].map(w => [...w][0] ?? '');
  return letters.join('').toUpperCase();
}
