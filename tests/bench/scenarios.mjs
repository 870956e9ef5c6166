/* scenarios – what is asked of each server, and by which figures it is judged.
 *
 * load: for tests/bench/load. figures: title and how to read it from a run; `better` says which way. */

const all = () => true;
const rooms = peer => peer.dialect !== 'echo';
const directed = peer => ['beckon', 'socketio', 'peerjs'].includes(peer.dialect);
const plain = peer => !peer.caps;

const p50 = { title: 'p50 ms', of: run => run.p50, better: 'less' };
const p99 = { title: 'p99 ms', of: run => run.p99, better: 'less' };
const faults = ['lost', 'doubled', 'reordered']
  .map(title => ({ title, of: run => run[title], better: 'none' }));
// Of the cores, what the load itself took: with them all it would measure itself.
const ownCores = { title: 'load cores', of: run => run.loadCpu, better: 'none' };

export const scenarios = {
  idle: {
    title: '1000 idle connections in 250 rooms',
    load: 'idle rooms=250 people=4', look: true, for: plain_(all),
    figures: [
      { title: 'KB each, processes', of: run => run.processesKB / 1000, better: 'less' },
      { title: 'KB each, kernel', of: run => run.kernelKB / 1000, better: 'less' },
      { title: 'KB each', of: run => (run.processesKB + run.kernelKB) / 1000, better: 'less' },
    ],
  },
  join: {
    title: '1000 people join 250 rooms, 50 at once',
    load: 'join rooms=250 people=4', for: plain_(all),
    figures: [
      { title: 'joins/s', of: run => run.rate, better: 'more' },
      { title: 'join p50 ms', of: run => run.join50, better: 'less' },
      { title: 'join p99 ms', of: run => run.join99, better: 'less' }, ownCores,
    ],
  },
  small: {
    title: '100 rooms of 4, each says 5 messages/s',
    load: 'rooms rooms=100 people=4 rate=2000 seconds=6', for: plain_(all),
    figures: [p50, p99, ...faults, ownCores,
      { title: 'server cores', of: run => run.serverCpu / run.seconds, better: 'less' }],
  },
  big: {
    title: '1 room of 200, 50 messages/s',
    load: 'rooms rooms=1 people=200 rate=50 seconds=6', for: plain_(all),
    // As many deliveries of whoever only says things back: what one costs is to be compared.
    echo: 'rooms rooms=1 people=200 rate=9950 seconds=6',
    figures: [p50, p99, ...faults, ownCores,
      { title: 'server µs a delivery', of: run => run.serverCpu * 1e6 / run.delivered, better: 'less' }],
  },
  closed: {
    title: '20 rooms of 10, each with 8 messages under way',
    load: 'closed rooms=20 people=10 window=8 seconds=5', for: all,
    figures: [{ title: 'deliveries/s', of: run => run.rate, better: 'more' }, ...faults, ownCores],
  },
  flood: {
    title: '100 rooms of 4, each says 5 messages/s, while 4 clients flood 64 KiB messages',
    load: 'rooms rooms=100 people=4 rate=2000 seconds=6 flooders=4', limits: true, for: plain_(rooms),
    figures: [p50, p99, ...faults, ownCores],
  },
  churn: {
    title: '20 rooms of 4, 100 messages/s, while 50 people a second join and leave',
    load: 'rooms rooms=20 people=4 rate=100 seconds=6 churn=50', for: plain_(rooms),
    figures: [p50, p99, { title: 'join p99 ms', of: run => run.join99, better: 'less' }, ...faults, ownCores],
  },
  call: {
    title: 'call setup: 8 people join a room; each pair exchanges offer, answer and 20 candidates each way',
    load: 'call people=8 rounds=12', for: plain_(directed),
    figures: [{ title: 'ms until all have all, median', of: run => run.p50, better: 'less' },
      { title: 'p99 ms', of: run => run.p99, better: 'less' }, ...faults, ownCores],
  },
};

/* A capability changes only what is measured with many messages waiting. */
function plain_(also) {
  return peer => plain(peer) && also(peer);
}
