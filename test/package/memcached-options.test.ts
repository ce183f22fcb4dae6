import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DISCOVERY_DEFAULTS } from '../../src/client/discovery/discovery-options.ts'
import { FLUSH_DEFAULTS } from '../../src/client/figures/broadcasts.ts'
import { KEYS_DEFAULTS } from '../../src/client/figures/keys.ts'
import { WATCH_DEFAULTS } from '../../src/client/figures/watch.ts'
import {
  GET_OR_LEASE_DEFAULTS,
  GUTTER_DEFAULTS,
  MEMCACHED_DEFAULTS,
  MemcachedClient,
} from '../../src/client/index.ts'
import { TLS_DEFAULTS } from '../../src/net/tls-options.ts'

// Nothing is sent: each call is refused for an option that does not exist, by an error that names
// those that do.
const client = new MemcachedClient('127.0.0.1:1')
const PAGE = readFileSync('docs/reference/memcached-options.md', 'utf8')
const CALL = ['routeKey', 'signal', 'timeoutMs']
const wrong = { nosuch: 1 } as object
const servers = 'a'

interface Section {
  readonly heading: string
  /** What is called with an option that does not exist. */
  readonly ask: readonly (() => unknown)[]
  readonly defaults?: object
  /** Whether the call also takes what every call takes. */
  readonly isCall?: boolean
}

const counting = { delta: 1n, mode: 'incr' } as const

const SECTIONS: readonly Section[] = [
  {
    heading: 'MemcachedClient',
    ask: [() => new MemcachedClient(wrong)],
    defaults: MEMCACHED_DEFAULTS,
  },
  {
    heading: 'A server',
    ask: [() => new MemcachedClient([{ server: 'a', ...wrong }])],
    defaults: { weight: 1 },
  },
  {
    heading: 'discovery',
    ask: [
      () => new MemcachedClient({ discovery: { kind: 'dns', name: 'a', ...wrong } }),
      () => new MemcachedClient({ discovery: { kind: 'elasticache', endpoint: 'a', ...wrong } }),
    ],
    defaults: DISCOVERY_DEFAULTS,
  },
  {
    heading: 'gutter',
    ask: [() => new MemcachedClient({ servers, gutter: { servers: 'b', ...wrong } })],
    defaults: GUTTER_DEFAULTS,
  },
  {
    heading: 'tls',
    ask: [() => new MemcachedClient({ servers, tls: wrong })],
    defaults: TLS_DEFAULTS,
  },
  {
    heading: 'auth',
    ask: [() => new MemcachedClient({ servers, auth: { username: 'a', password: 'b', ...wrong } })],
  },
  { heading: 'Every call', ask: [() => client.get('k', wrong)] },
  {
    heading: 'set, add, replace, cas, setMany',
    ask: [
      () => client.set('k', 'v', wrong),
      () => client.add('k', 'v', wrong),
      () => client.replace('k', 'v', wrong),
      () => client.cas('k', 'v', { value: 1n, connection: 1 }, wrong),
      () => client.setMany({ k: 'v' }, wrong),
    ],
    isCall: true,
  },
  {
    heading: 'append, prepend',
    ask: [() => client.append('k', 'v', wrong), () => client.prepend('k', 'v', wrong)],
    isCall: true,
  },
  {
    heading: 'incr, decr',
    ask: [() => client.incr('k', 1, wrong), () => client.decr('k', 1, wrong)],
    isCall: true,
  },
  { heading: 'markStale', ask: [() => client.markStale('k', wrong)], isCall: true },
  {
    heading: 'getOrLease',
    ask: [() => client.getOrLease('k', wrong)],
    defaults: GET_OR_LEASE_DEFAULTS,
    isCall: true,
  },
  {
    heading: 'flushAll',
    ask: [() => client.flushAll(wrong)],
    defaults: FLUSH_DEFAULTS,
    isCall: true,
  },
  { heading: 'keys', ask: [() => client.keys(wrong)], defaults: KEYS_DEFAULTS },
  { heading: 'watch', ask: [() => client.watch('evictions', wrong)], defaults: WATCH_DEFAULTS },
  {
    heading: 'metaGet',
    ask: [
      () => client.metaGet('k', wrong),
      () => client.metaGet('k', { unlessCas: undefined, ...wrong }),
    ],
    isCall: true,
  },
  { heading: 'metaSet', ask: [() => client.metaSet('k', 'v', wrong)], isCall: true },
  { heading: 'metaDelete', ask: [() => client.metaDelete('k', wrong)], isCall: true },
  {
    heading: 'metaArithmetic',
    ask: [() => client.metaArithmetic('k', { ...counting, ...wrong })],
    isCall: true,
  },
]

describe('the reference of the options of a Memcached client', () => {
  it('has no section that is not compared', () => {
    const headings = [...PAGE.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)
    expect(headings).toEqual(SECTIONS.map(({ heading }) => heading))
  })

  it.each(SECTIONS)('names every option, and no other: $heading', async (section) => {
    const accepted = new Set<string>()
    for (const ask of section.ask) for (const name of await namesAccepted(ask)) accepted.add(name)
    if (section.isCall) for (const name of CALL) accepted.delete(name)

    const documented = rows(section.heading).map(({ name }) => name)

    expect(accepted.size).toBeGreaterThan(0)
    expect(documented.toSorted()).toEqual([...accepted].toSorted())
  })

  it.each(SECTIONS)('gives the defaults of the code: $heading', ({ heading, defaults = {} }) => {
    const documented = rows(heading)
      .filter(({ literal }) => literal !== 'none')
      .map(({ name, literal }) => [name, read(literal)])

    expect(Object.fromEntries(documented)).toEqual(defaults)
  })
})

/** The names that a refusal lists. */
async function namesAccepted(ask: () => unknown): Promise<string[]> {
  try {
    await ask()
  } catch (error) {
    const [, list] = /^There is no option "nosuch".*: it must be one of (.+)\.$/.exec(
      (error as Error).message,
    ) ?? [undefined, undefined]
    if (list !== undefined) return list.split(', ')
    throw error
  }
  throw new Error('An option that does not exist was taken.')
}

function rows(heading: string): { readonly name: string; readonly literal: string }[] {
  const [, after = ''] = PAGE.split(`\n## ${heading}\n`)
  const [section = ''] = after.split('\n## ')
  return [...section.matchAll(/^\| `(\w+)` \| (none|`[^`]+`) \| [^|]+ \|$/gm)].map(
    ([, name = '', literal = '']) => ({ name, literal }),
  )
}

/** A JS literal as the page writes it. */
function read(literal: string): unknown {
  const text = literal.replaceAll('`', '')
  return text === 'Infinity' ? Infinity : JSON.parse(text.replaceAll("'", '"'))
}
