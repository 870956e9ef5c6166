/* verdict – the rules that a run is held to, and every time one was broken. */

export const RULES = {
  'nobody-is-dropped': 'a connection ends by its client, its network, its own process or a bye',
  'everybody-gets-back': 'whoever lost a connection is in the room again when all is quiet',
  'nothing-is-lost': 'what was acknowledged, or told to anybody, is told to all it was meant for',
  'nothing-comes-twice': 'and once',
  'one-order-for-all': 'a place of a room holds the same message for everybody',
  'places-rise': 'each message has a higher place than the one before',
  'a-senders-order-is-kept': 'what somebody says first comes first',
  'directed-messages-reach-their-target-alone': 'and nobody else',
  'questions-are-answered-once': 'an event with an id has one answer, unless its connection ends',
  'nothing-is-refused': 'what anybody may say to all',
  'a-resume-recovers': 'within the window',
  'acknowledged-chat-is-in-recents': 'whatever died meanwhile',
  'rosters-are-the-truth': 'what clients see, what beckonctl says, and who is there',
  'nothing-is-left-over': 'no process, descriptor, socket or room',
};

const SHOWN = 5; // of each rule

export class Verdict {
  broken = new Map(); // rule → how often
  #told;
  #wanted;

  /* told: is called with a line for each violation; then `wanted` resolves with the first. */
  constructor(told) {
    this.#told = told;
    this.first = new Promise(resolve => { this.#wanted = resolve; });
  }

  violate(rule, { room = '-', who = '-', what }) {
    if (!(rule in RULES))
      throw new Error(`no such rule: ${rule}`);
    const count = (this.broken.get(rule) ?? 0) + 1;
    this.broken.set(rule, count);
    if (count <= SHOWN)
      this.#told(`VIOLATION ${rule}: room ${room}, client ${who}: ${what}`);
    else if (count === SHOWN + 1)
      this.#told(`VIOLATION ${rule}: … and more`);
    this.#wanted(rule);
  }

  get isGood() {
    return this.broken.size === 0;
  }
}
