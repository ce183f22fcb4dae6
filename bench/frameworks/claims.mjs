const LRU = 'lru-cache'

/** What the project says of its frameworks's speed, each over the rows of one run. */
const CLAIMS = [
  atMost('memory-get-text', 'get of a text', 2, LRU),
  ...timesLess('memory-get-copies', 'get of an object, copies', 5, ['bentocache', 'cacheable']),
  ...timesLess('memory-getorset-copies', 'getOrSet of an object, copies', 5, [
    'bentocache',
    'cacheable',
  ]),
  ...timesLess('memory-getorset-text', 'getOrSet of a text', 5, ['bentocache', 'cacheable']),
  bestPeer('store-getorset', 'getOrSet by a server', 2.5),
  atMost('tags-getorset', '3 tags that entries share', 1.4, 'reprise', 'reprise, 3 shared tags'),
  atMost('tags-getorset', '3 tags that none share', 3, 'reprise', 'reprise, 3 own tags'),
  oneTrip('reprise, 3 shared tags', 'that entries share'),
  oneTrip('reprise, 3 own tags', 'that none share'),
]

/** The claims whose rows were measured, with the ratio that decided. */
export function judge(rows) {
  return CLAIMS.flatMap(({ workload, text, compare, passes }) => {
    const found = compare(rows.filter((row) => row.workload === workload))
    return found ? [{ workload, text, ...found, passed: passes(found.ratio) }] : []
  })
}

function atMost(workload, title, limit, against, name = 'reprise') {
  return {
    workload,
    text: `${title}: at most ${limit} × the CPU`,
    compare: (rows) => ratioOf(named(rows, name), named(rows, against), against),
    passes: (ratio) => ratio <= limit,
  }
}

function timesLess(workload, title, limit, peers) {
  return peers.map((peer) => ({
    workload,
    text: `${title}: at least ${limit} × less CPU`,
    compare: (rows) => ratioOf(named(rows, peer), named(rows, 'reprise'), peer),
    passes: (ratio) => ratio >= limit,
  }))
}

function bestPeer(workload, title, limit) {
  return {
    workload,
    text: `${title}: at least ${limit} × less CPU than the best peer`,
    compare: (rows) => {
      const best = rows.filter(({ isPeer }) => isPeer).toSorted((a, b) => a.cpuUs - b.cpuUs)[0]
      return ratioOf(best, named(rows, 'reprise'), best?.name)
    },
    passes: (ratio) => ratio >= limit,
  }
}

/** One write for each hit that goes alone: all that it asks leaves at once. */
function oneTrip(name, which) {
  return {
    workload: 'tags-getorset',
    text: `3 tags ${which}: one round trip`,
    compare: (rows) => {
      const row = named(rows, name)
      return row && { ratio: row.alone.writes, against: 'writes of a hit alone' }
    },
    passes: (writes) => writes <= 1,
  }
}

function named(rows, wanted) {
  return rows.find(({ name }) => name === wanted)
}

function ratioOf(row, other, against) {
  return row && other && { ratio: row.cpuUs / other.cpuUs, against }
}
