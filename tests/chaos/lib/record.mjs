/* record – what one room's clients said, were answered and were told; and whether that fits.
 *
 * A place of the room is (epoch, seq). What can be judged at once is judged as it comes; what needs
 * the whole, in `judge`. A *stretch* is what one person should have without a gap: from the first
 * room_state of a connection, through all resumes that recovered, to the last place heard of.
 *
 * Everything said carries a tag that nobody else's words have: who, and the how manieth. */

import { createHash } from 'node:crypto';

/* Told to all who are in-room; the others are for one. Not among them is what may be left out:
 * room_state (only the last is of use) and typing. */
const TO_ALL = new Set(['connect', 'disconnect', 'role_changed', 'reaction', 'raise_hand',
  'lower_hand', 'toggle_audio', 'toggle_video', 'toggle_screenshare', 'set_lobby', 'add_chat',
  'message', 'edit_chat', 'delete_chat']);
/* Events that those who are told of them get by the same name. */
const NAMED_SO = new Set(['reaction', 'raise_hand', 'lower_hand', 'toggle_audio', 'toggle_video',
  'toggle_screenshare', 'set_lobby', 'add_chat', 'message', 'offer', 'candidate', 'typing']);
/* These do not come to the one they are about. */
const NOT_TO_ITSELF = new Set(['connect', 'disconnect', 'message']);

export function tagOf({ event, payload }) {
  switch (event) {
    case 'add_chat': return payload.chatContent;
    case 'reaction': return payload.emoji;
    case 'message': return payload.data.tag;
    case 'offer': return payload.sdp;
    case 'candidate': return payload.candidate;
    default: return undefined;
  }
}

const isForOne = ({ event, payload }) =>
  !TO_ALL.has(event) || (payload.targetClientId !== undefined && event !== 'role_changed');

/* Long texts are compared by their hash. */
const digest = text => text.length < 200 ? text : createHash('sha1').update(text).digest('base64');

class Stretch {
  seqs = [];

  constructor({ who, epoch, from }) {
    Object.assign(this, { who, epoch, from, last: from });
  }

  covers(seq) {
    return this.from < seq && seq <= this.last;
  }
}

export class RoomRecord {
  places = new Map(); // epoch → Map(seq → {event, by, tag, text, heard})
  said = new Map();   // tag → {by, n, to, connection}
  stretches = [];
  answers = 0;
  heardOf = 0;        // messages told to clients
  #tagPlace = new Map(); // tag of what was told to all → its place
  #heardTags = new Map(); // person → Set of tags

  constructor(name, verdict) {
    Object.assign(this, { name, verdict });
  }

  violate(rule, who, what) {
    this.verdict.violate(rule, { room: this.name, who, what });
  }

  begin(who, epoch, from) {
    const stretch = new Stretch({ who, epoch, from });
    this.stretches.push(stretch);
    return stretch;
  }

  say(tag, what) {
    this.said.set(tag, what);
  }

  #place(epoch, seq) {
    let places = this.places.get(epoch);
    if (!places)
      this.places.set(epoch, places = new Map());
    let place = places.get(seq);
    if (!place)
      places.set(seq, place = { heard: new Set() });
    return place;
  }

  /* An event was acknowledged with its place, so there has to be something. */
  acknowledged({ epoch, seq, by, event, tag, to }) {
    this.answers++;
    if (!NAMED_SO.has(event)) // what it makes has another name: role_changed, disconnect
      return;
    const place = this.#place(epoch, seq);
    place.acknowledged = true;
    // Both of a private chat have a place, and the ack names one.
    if (to !== undefined && event === 'add_chat')
      return;
    if (place.event !== undefined && (place.event !== event || (tag && place.tag !== tag)))
      this.violate('one-order-for-all', by,
        `${event} ${tag} is acknowledged as ${seq}, where there is ${place.event} ${place.tag}`);
    Object.assign(place, { event, by, tag: tag ?? place.tag, to });
  }

  /* A message with a place came to somebody in this stretch. */
  heard(stretch, message, text) {
    this.heardOf++;
    const { event, payload, seq } = message;
    const { who } = stretch;
    const tag = tagOf(message);
    if (seq <= stretch.last)
      this.violate('places-rise', who, `${event} ${tag ?? ''} at ${seq} after ${stretch.last}`);
    stretch.last = Math.max(seq, stretch.last);
    stretch.seqs.push(seq);
    if (tag !== undefined)
      this.#heardTag(who, tag, `${event} at ${seq}`);
    if (event === 'room_state' || event === 'typing')
      return;
    const place = this.#place(stretch.epoch, seq);
    place.heard.add(who);
    if (isForOne(message))
      this.#heardAlone(place, who, message, tag);
    else
      this.#heardWithAll(place, stretch, message, tag, text);
  }

  #heardTag(who, tag, what) {
    let tags = this.#heardTags.get(who);
    if (!tags)
      this.#heardTags.set(who, tags = new Set());
    if (tags.has(tag))
      this.violate('nothing-comes-twice', who, `${tag}, ${what}`);
    tags.add(tag);
    if (!this.said.has(tag))
      this.violate('nothing-comes-twice', who, `${tag}, ${what}, which nobody said`);
  }

  #heardAlone(place, who, { event, seq }, tag) {
    if (place.heard.size > 1)
      this.violate('directed-messages-reach-their-target-alone', who,
        `${event} ${tag ?? ''} at ${seq} came to ${[...place.heard].join(' ')}`);
    const said = this.said.get(tag);
    if (said && said.to !== who && !(event === 'add_chat' && said.by === who))
      this.violate('directed-messages-reach-their-target-alone', who,
        `${event} ${tag} at ${seq} was for ${said.to}`);
    place.event ??= event;
    place.tag ??= tag;
    place.to ??= who;
  }

  #heardWithAll(place, { who, epoch }, { event, payload, seq }, tag, text) {
    const hash = digest(text);
    place.text ??= hash;
    place.event ??= event;
    place.by ??= payload.clientId;
    place.tag ??= tag;
    if (place.text !== hash || place.event !== event || (tag && place.tag !== tag))
      this.violate('one-order-for-all', who,
        `${event} ${tag ?? ''} at ${seq}, where others have ${place.event} ${place.tag ?? ''}`);
    if (tag === undefined)
      return;
    const at = `${epoch}.${seq}`, before = this.#tagPlace.get(tag);
    if (before !== undefined && before !== at)
      this.violate('nothing-comes-twice', who, `${event} ${tag} is at ${before} and at ${at}`);
    this.#tagPlace.set(tag, at);
  }

  hasHeard(who, tag) {
    return this.#heardTags.get(who)?.has(tag) ?? false;
  }

  /* Recents are in the room's order. */
  judgeRecents(reader, epoch, ids) {
    const seqs = ids.map(id => this.#tagPlace.get(id)).filter(at => at?.startsWith(`${epoch}.`))
      .map(at => Number(at.split('.')[1]));
    const wrong = seqs.findIndex((seq, i) => i > 0 && seq <= seqs[i - 1]);
    if (wrong >= 0)
      this.violate('one-order-for-all', reader,
        `recents have what was said at ${seqs[wrong - 1]} before ${seqs[wrong]}`);
  }

  /* When nothing more comes. */
  judge() {
    this.#judgeCompleteness();
    this.#judgeSenders();
  }

  #judgeCompleteness() {
    for (const [epoch, places] of this.places) {
      const seqs = [...places.keys()].sort((a, b) => a - b);
      for (const stretch of this.stretches)
        if (stretch.epoch === epoch)
          this.#judgeStretch(stretch, places, seqs);
    }
  }

  #judgeStretch(stretch, places, seqs) {
    const has = new Set(stretch.seqs);
    for (const seq of seqs) {
      const place = places.get(seq);
      if (stretch.covers(seq) && !has.has(seq) && this.#isFor(place, stretch.who))
        this.violate('nothing-is-lost', stretch.who, `${place.event} ${place.tag ?? ''} of `
          + `${place.by ?? '?'} at ${seq}${place.acknowledged ? ', acknowledged,' : ''} of a `
          + `stretch from ${stretch.from} to ${stretch.last}`);
    }
  }

  #isFor({ event, by, to }, who) {
    if (event === undefined || event === 'typing')
      return false;
    if (to !== undefined)
      return to === who;
    return TO_ALL.has(event) && !(NOT_TO_ITSELF.has(event) && by === who);
  }

  #judgeSenders() {
    const last = new Map(); // connection → the last thing it said that has a place
    const all = [...this.places].flatMap(([epoch, places]) =>
      [...places].map(([seq, place]) => ({ ...place, epoch, seq })));
    all.sort((a, b) => a.seq - b.seq);
    for (const { tag, epoch, seq } of all) {
      const said = this.said.get(tag);
      if (!said)
        continue;
      const key = `${said.connection} ${epoch}`, before = last.get(key);
      if (before && before.n > said.n)
        this.violate('a-senders-order-is-kept', said.by,
          `${tag} at ${seq} was said before ${before.tag}`);
      last.set(key, { n: said.n, tag });
    }
  }
}
