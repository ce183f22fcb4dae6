import { COPIES, REFERENCES, STORES, TAGGED, TEXTS } from './rows.mjs'

const IN_MEMORY = { keys: 1000, bytes: 200, concurrency: 1, unit: 'ns' }
const BY_SERVER = { keys: 10_000, bytes: 480, concurrency: 128, unit: 'µs', verb: 'getOrSet' }

/**
 * What is measured: `concurrency` loops each await one hit after another. `isMain`: a quick look
 * takes it too.
 */
export const WORKLOADS = [
  memory('memory-get-copies', 'get', 'an object, copies on both sides', COPIES),
  memory('memory-getorset-copies', 'getOrSet', 'an object, copies on both sides', COPIES, true),
  memory('memory-get-text', 'get', 'a text', TEXTS, true),
  memory('memory-getorset-text', 'getOrSet', 'a text', TEXTS),
  memory('memory-get-shared', 'get', 'an object, by reference', REFERENCES),
  memory('memory-getorset-shared', 'getOrSet', 'an object, by reference', REFERENCES, true),
  {
    ...BY_SERVER,
    name: 'store-getorset',
    title: 'getOrSet hit by a server, 480 B of JSON, 10,000 keys, 128 in flight',
    rows: STORES,
    isMain: true,
  },
  {
    ...BY_SERVER,
    name: 'tags-getorset',
    title: 'getOrSet hit by a server, 3 tags, 480 B of JSON, 10,000 keys, 128 in flight',
    rows: TAGGED,
    isMain: true,
  },
]

function memory(name, verb, what, rows, isMain = false) {
  const kind = name.endsWith('text') ? 'text' : 'object'
  const title = `${verb} hit in memory of ${what}, 200 B, 1,000 keys, one after another`
  return { ...IN_MEMORY, name, title, verb, kind, rows, isMain }
}
