import { formatCount, formatDuration, NOTHING } from '../admin/format.ts'
import { describeCaches } from '../caches.ts'
import type { MemcachedClient } from '../client/index.ts'
import {
  COLOR_OPTION,
  type Command,
  JSON_OPTION,
  KEY_OPTIONS,
  PLACE_OPTIONS,
  YES_OPTION,
} from './command.ts'
import { confirmed } from './confirm.ts'
import { EXIT, type Io } from './io.ts'
import type { Options } from './options.ts'
import { formatTable, type Heading } from './table.ts'
import { findSettings, Target } from './target.ts'
import { choosePaint, escaped, formatJson } from './terminal.ts'
import { UsageError } from './usage.ts'

const HEADINGS: readonly Heading[] = [
  { label: 'ALIAS', align: 'left' },
  { label: 'BACKEND', align: 'left' },
  { label: 'PREFIX', align: 'left' },
  { label: 'VERSION', align: 'left' },
  { label: 'TTL', align: 'right' },
  { label: 'KEYS BY VERSION', align: 'left' },
]

export const VERSIONS: Command = {
  name: 'versions',
  words: '[bump <alias>]',
  fewestWords: 0,
  mostWords: 2,
  summary: 'Aliases and their versions; ends what an alias holds',
  about: `Shows the aliases of the settings, with prefix and version; with --count also how
many keys the servers hold of each version, which lists all keys.

bump ends all that an alias holds. With --namespace only what that namespace holds:
one command, at once for every process, and the old values go as memory is needed.
Without, the keys of the alias are listed and deleted, in all versions: seconds for
each million keys on its servers. The version itself is a setting of the
application and stays: raise it there to leave old values behind unread.`,
  options: [
    ...PLACE_OPTIONS,
    ...KEY_OPTIONS,
    { flags: '--count', help: 'Counts the keys of each version' },
    { flags: '--namespace <name>', help: 'With bump: only this one, instantly' },
    YES_OPTION,
    JSON_OPTION,
    COLOR_OPTION,
  ],
  examples: [
    'reprise versions --count',
    'reprise versions bump default --namespace catalogue --yes',
    'reprise versions bump pages --yes',
  ],
  run: async ({ words: [verb, alias], options }, io) => {
    if (verb === undefined) return show(options, io)
    if (verb !== 'bump' || alias === undefined) {
      throw new UsageError('versions takes nothing, or bump and the name of an alias.')
    }
    return bump(alias, options, io)
  },
}

async function show(options: Options, io: Io): Promise<number> {
  await using target = await Target.open(options, io)
  const described = describeCaches(target.caches).filter(
    ({ alias }) => !target.found.isOne || alias === target.found.alias,
  )
  const aliases = []
  for (const { alias, backend, keyPrefix, version, ttl, client } of described) {
    const isCounted = options.flag('count') && client !== undefined
    const keys = isCounted ? await countVersions(client, keyPrefix, io) : undefined
    if (io.signal.aborted) return EXIT.interrupted
    aliases.push({ alias, backend, keyPrefix, version, ttl, keys })
  }
  if (options.flag('json')) {
    const shown = aliases.map(({ ttl, keys, ...rest }) => ({
      ...rest,
      ttl: ttl === Infinity ? null : ttl,
      keys: keys === undefined ? null : Object.fromEntries(keys),
    }))
    io.stdout.write(`${formatJson({ schemaVersion: 1, aliases: shown }, 2)}\n`)
    return EXIT.ok
  }
  const rows = aliases.map(({ alias, backend, keyPrefix, version, ttl, keys }) => [
    { text: alias },
    { text: escaped(backend) },
    { text: keyPrefix === '' ? NOTHING : keyPrefix },
    { text: `${version}` },
    { text: ttl === Infinity ? 'never ends' : formatDuration(ttl) },
    { text: keys === undefined ? '' : countsText(keys) },
  ])
  io.stdout.write(formatTable(HEADINGS, rows, choosePaint(io, options.kept('color'))))
  return EXIT.ok
}

/** Of `prefix:version:key`; namespaces and tags have an empty version. */
async function countVersions(
  client: MemcachedClient,
  keyPrefix: string,
  { signal }: Io,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const start = `${keyPrefix}:`
  for await (const { key } of client.keys({ startsWith: start, signal })) {
    const whole = key.startsWith(start) ? key : ''
    const end = whole.indexOf(':', start.length)
    const version = end === -1 ? 'hashed' : whole.slice(start.length, end) || 'namespaces'
    counts.set(version, (counts.get(version) ?? 0) + 1)
  }
  return counts
}

const MOST_VERSIONS = 8

function countsText(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([, a], [, b]) => b - a)
  const shown = sorted
    .slice(0, MOST_VERSIONS)
    .map(([name, n]) => `${escaped(name)}: ${formatCount(n)}`)
  if (sorted.length > MOST_VERSIONS) shown.push('…')
  return shown.length === 0 ? 'none' : shown.join(', ')
}

async function bump(alias: string, options: Options, io: Io): Promise<number> {
  if (options.text('alias') !== undefined) {
    throw new UsageError('--alias is not for bump: it is named there.')
  }
  await using target = new Target(await findSettings(options.with('alias', alias), io), io)
  const namespace = options.text('namespace')
  const { keyPrefix } = target.cache.settings
  const cache = namespace === undefined ? target.cache : target.cache.namespace(namespace)
  const what =
    namespace === undefined
      ? `This deletes every key of the alias ${escaped(alias)} (${escaped(keyPrefix)}:…), in all versions.`
      : `This ends all that the namespace ${escaped(namespace)} of ${escaped(alias)} holds.`
  const refused = await confirmed(what, options, io)
  if (refused !== undefined) return refused
  await cache.clear()
  const whole = { schemaVersion: 1, alias, namespace: namespace ?? null, cleared: true }
  if (options.flag('json')) io.stdout.write(`${formatJson(whole)}\n`)
  else {
    const place = namespace === undefined ? '' : `The namespace ${escaped(namespace)} of `
    io.stdout.write(`${place}${escaped(alias)} holds nothing any more.\n`)
  }
  return EXIT.ok
}
