import { formatBytes, formatDuration, NOTHING } from '../admin/format.ts'
import { isHashed } from '../cache/keys.ts'
import type { InspectedItem, MetaHit } from '../client/index.ts'
import { FLAG_SIGNED, isBodyForm, isEnvelope } from '../codec/flags.ts'
import { type Command, JSON_OPTION, KEY_OPTIONS, PLACE_OPTIONS } from './command.ts'
import { EXIT } from './io.ts'
import { keyTarget, notFound } from './key-target.ts'
import { Target } from './target.ts'
import { escaped, formatJson, printable } from './terminal.ts'

export const INSPECT: Command = {
  name: 'inspect',
  words: '<key>',
  fewestWords: 1,
  mostWords: 1,
  summary: 'What a server knows of a key, without its value',
  about: `Shows on which server a key is, how long it still lives, when somebody used it last
and what it takes of the server's memory. It moves nothing in the server's order of
eviction. The key is a whole one; with --alias it is the application's.`,
  options: [...PLACE_OPTIONS, ...KEY_OPTIONS, JSON_OPTION],
  examples: ['reprise inspect shop:1:rates', 'reprise inspect rates --alias default --json'],
  run: async ({ words: [key = ''], options }, io) => {
    await using target = await Target.open(options, io)
    const asked = keyTarget(target, key, options)
    const { client } = target
    const { wholeKey } = asked
    // In one write: `me` alone does not tell the flags.
    const [item, hit] = await Promise.all([
      client.inspect(wholeKey),
      client.metaGet(wholeKey, { flags: true, size: true, noBump: true }),
    ])
    const facts =
      item === undefined || hit.kind === 'miss'
        ? undefined
        : factsOf(item, hit, client.serverOf(wholeKey), wholeKey)
    if (options.flag('json')) {
      const found = facts !== undefined
      const whole = { schemaVersion: 1, key: wholeKey, found, ...facts }
      io.stdout.write(`${formatJson(whole, 2)}\n`)
    } else if (facts !== undefined) {
      io.stdout.write(formatFacts(wholeKey, facts))
    }
    if (facts !== undefined) return EXIT.ok
    io.stderr.write(notFound(asked))
    return EXIT.notFound
  },
}

interface Facts {
  readonly server: string
  readonly form: string
  /** `null`: it does not expire. */
  readonly ttl: number | null
  readonly idle: number
  readonly fetched: boolean
  readonly stale: boolean
  readonly hashed: boolean
  readonly valueBytes: number | null
  readonly itemBytes: number
  readonly slabClass: number
  readonly flags: number
  readonly cas: string
}

function factsOf(item: InspectedItem, hit: MetaHit, server: string, wholeKey: string): Facts {
  return {
    server,
    form: formOf(hit),
    ttl: item.ttl === Infinity ? null : item.ttl,
    idle: item.idle,
    fetched: item.fetched,
    stale: hit.stale,
    hashed: isHashed(wholeKey),
    valueBytes: hit.size ?? null,
    itemBytes: item.sizeBytes,
    slabClass: item.slabClass,
    flags: hit.flags,
    cas: `${item.cas.value}`,
  }
}

const BODY_FORMS: Readonly<Record<number, string>> = {
  0: 'bytes',
  2: 'a whole number',
  16: 'text',
  32: 'JSON',
  64: 'JSON with types',
}

const COMPRESSED: Readonly<Record<number, string>> = {
  512: ', deflated',
  1024: ', compressed (brotli)',
  2048: ', compressed (zstd)',
}

function formOf({ flags, size }: MetaHit): string {
  if (flags === 0 && size === 0) return 'empty: somebody computes the value'
  if (isEnvelope(flags)) {
    const packed = COMPRESSED[flags & (512 | 1024 | 2048)] ?? ''
    const signed = (flags & FLAG_SIGNED) === 0 ? '' : ', signed'
    return `an entry of Reprise${packed}${signed}`
  }
  const form = isBodyForm(flags) ? BODY_FORMS[flags] : undefined
  return form ?? "another program's, by its flags"
}

function formatFacts(key: string, facts: Facts): string {
  const rows: [string, string][] = [
    ['key', escaped(key) + (facts.hashed ? ' (stored under its digest)' : '')],
    ['server', printable(facts.server)],
    ['value', `${facts.form}, ${formatBytes(facts.valueBytes)}`],
    ['expires in', facts.ttl === null ? 'never' : formatDuration(facts.ttl)],
    ['last used', `${formatDuration(facts.idle)} ago`],
    ['read so far', facts.fetched ? 'yes' : 'no'],
    ['marked stale', facts.stale ? 'yes' : 'no'],
    ['takes', `${formatBytes(facts.itemBytes)} in slab class ${facts.slabClass}`],
    ['flags', `${facts.flags}`],
    ['cas', facts.cas || NOTHING],
  ]
  return rows.map(([name, text]) => `${name.padEnd(14)}${text}\n`).join('')
}
