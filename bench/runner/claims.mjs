import { bestPeer } from './report.mjs'

const headline = (workload, title) => [
  atMost(workload, title, 1.8),
  timesLess(workload, title, 5),
  timesLessThan(workload, title, 4, 'ioredis'),
]

/** What the project says of its client's speed, each over the rows of one run. */
const CLAIMS = [
  atMost('get-100b-1', 'get of 100 B, 1 in flight', 1.2),
  noSlower('get-100b-1', 'get of 100 B, 1 in flight'),
  ...headline('get-100b-128', 'get of 100 B, 128 in flight'),
  ...headline('get-100b-1024', 'get of 100 B, 1024 in flight'),
  timesLess('set-100b-128', 'set of 100 B', 2),
  timesLess('mix-90-10', '90/10 mix', 3),
  atMost('getmany-100', 'getMany of 100', 1.5),
  timesLess('getmany-100', 'getMany of 100', 4),
  timesLessThan('getmany-100', 'getMany of 100', 1, 'ioredis'),
  timesLess('get-10kb', 'get of 10 KB', 1.6),
  atMost('get-100kb', 'get of 100 KB as bytes', 1.6),
  timesLess('get-100kb-text', 'get of 100 KB as text', 1),
]

/** The claims whose rows were measured, with the ratio that decided. */
export function judge(rows) {
  return CLAIMS.flatMap(({ workload, text, compare, passes }) => {
    const mine = rows.filter((row) => row.workload === workload)
    const ours = mine.find(({ client }) => client === 'ours')
    const found = ours && compare(ours, mine)
    if (!found) return []
    return [{ workload, text, ...found, passed: passes(found.ratio) }]
  })
}

function atMost(workload, title, limit) {
  return {
    workload,
    text: `${title}: at most ${limit} × the floor's CPU`,
    compare: (ours, rows) => {
      const floor = rows.find(({ client }) => client === 'floor')
      return floor && { ratio: ours.cpuUs / floor.cpuUs, against: 'floor' }
    },
    passes: (ratio) => ratio <= limit,
  }
}

function timesLess(workload, title, limit) {
  return {
    workload,
    text: `${title}: at least ${limit} × less CPU than the best of npm`,
    compare: (ours, rows) => {
      const best = bestPeer(rows)
      return best && { ratio: best.cpuUs / ours.cpuUs, against: best.client }
    },
    passes: (ratio) => ratio >= limit,
  }
}

function timesLessThan(workload, title, limit, name) {
  return {
    workload,
    text: `${title}: at least ${limit} × less CPU than ${name}`,
    compare: (ours, rows) => {
      const peer = rows.find(({ client }) => client === name)
      return peer && { ratio: peer.cpuUs / ours.cpuUs, against: name }
    },
    passes: (ratio) => ratio >= limit,
  }
}

function noSlower(workload, title) {
  return {
    workload,
    text: `${title}: no slower than any peer`,
    compare: (ours, rows) => {
      const others = rows.filter(({ client }) => !/^(ours|base|floor)/.test(client))
      const fastest = others.toSorted((a, b) => b.perSecond - a.perSecond)[0]
      return fastest && { ratio: ours.perSecond / fastest.perSecond, against: fastest.client }
    },
    passes: (ratio) => ratio >= 1,
  }
}
