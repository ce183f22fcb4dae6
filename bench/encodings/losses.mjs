import { isDeepStrictEqual } from 'node:util'
import { PEERS } from './peers.mjs'

const cycle = { name: 'node', links: [] }
cycle.links.push(cycle)
const city = { name: 'Oslo' }
class Money {
  amount = 5
}
class NotFound extends Error {
  name = 'NotFound'
  status = 404
}

/** What is tried, and how it is told that it came back as what it was. */
const TRIALS = {
  '-0, NaN, Infinity': [[-0, Number.NaN, Infinity], isDeepStrictEqual],
  'undefined in an object': [{ a: undefined }, isDeepStrictEqual],
  'Date, also an invalid one': [
    [new Date(5), new Date(Number.NaN)],
    ([a, b]) => a.getTime() === 5 && Number.isNaN(b.getTime()),
  ],
  'Map, Set': [[new Map([[{ a: 1 }, new Set([1])]])], isDeepStrictEqual],
  bigint: [{ a: 2n ** 70n }, isDeepStrictEqual],
  'typed arrays, Buffer': [[new Float64Array([1.5]), Buffer.from('x')], isDeepStrictEqual],
  'a cycle': [cycle, (back) => back.links[0] === back],
  'one object met twice': [[city, city], ([a, b]) => a === b && a.name === 'Oslo'],
  'TypeError with a cause': [
    new TypeError('no', { cause: { code: 7 } }),
    (back) => back instanceof TypeError && back.message === 'no' && back.cause?.code === 7,
  ],
  'an error’s name and properties': [
    new NotFound('no'),
    (back) => back instanceof Error && back.name === 'NotFound' && back.status === 404,
  ],
  RegExp: [/a+/giu, (back) => back instanceof RegExp && `${back}` === '/a+/giu'],
  URL: [
    new URL('https://example.org/a?b=1'),
    (back) => back instanceof URL && back.searchParams.get('b') === '1',
  ],
  'half a surrogate pair': ['\ud800', isDeepStrictEqual],
  '`__proto__` as a key': [
    JSON.parse('{"__proto__":{"isAdmin":true}}'),
    (back) => Object.hasOwn(back, '__proto__') && back.isAdmin === undefined,
  ],
  'no prototype': [
    Object.assign(Object.create(null), { a: 1 }),
    (back) => Object.getPrototypeOf(back) === null && back.a === 1,
  ],
  'a hole': [Object.assign([1], { 2: 3 }), (back) => back.length === 3 && !(1 in back)],
  'nesting 10,000 deep': [nested(10_000), (back) => back !== undefined],
  'an instance of a class': [new Money(), (back) => back instanceof Money],
}

/** What each form gives back: the same, something else, or an error, which at least tells. */
export async function printLosses() {
  const names = Object.keys(PEERS)
  console.log(`\n| | ${names.join(' | ')} |\n| --- |${' --- |'.repeat(names.length)}`)
  for (const [title, [value, isSame]] of Object.entries(TRIALS)) {
    const cells = names.map((name) => outcome(PEERS[name], value, isSame))
    console.log(`| ${title} | ${cells.join(' | ')} |`)
  }
}

function outcome({ encode, decode }, value, isSame) {
  let form
  try {
    form = encode(value)
  } catch {
    return 'refused'
  }
  try {
    return isSame(decode(form), value) ? 'same' : '**changed**'
  } catch {
    return '**changed**'
  }
}

function nested(depth) {
  let value = 1
  for (let i = 0; i < depth; i++) value = [value]
  return value
}
