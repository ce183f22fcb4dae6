import type { ListedKey, MemcachedClient } from '../client/index.ts'
import { type Command, JSON_OPTION, KEY_OPTIONS, PLACE_OPTIONS, YES_OPTION } from './command.ts'
import { confirmed } from './confirm.ts'
import { EXIT } from './io.ts'
import { keyTarget, notFound } from './key-target.ts'
import { Target } from './target.ts'
import { escaped, formatJson } from './terminal.ts'
import { UsageError } from './usage.ts'

const LIMIT = { least: 1, most: 1_000_000, otherwise: 10_000 }

export const DELETE: Command = {
  name: 'delete',
  words: '[key]',
  fewestWords: 0,
  mostWords: 1,
  summary: 'Removes a key, or those with a prefix',
  about: `Removes one key, so that the next read computes it anew; what is being computed is
not stored any more. The key is a whole one; with --alias it is the application's.
With --prefix all whole keys that start so, up to --limit: that lists all keys of
every server, a matter of seconds for each million.`,
  options: [
    ...PLACE_OPTIONS,
    ...KEY_OPTIONS,
    { flags: '--prefix <text>', help: 'Whole keys that start so, instead of one key' },
    { flags: '--limit <count>', help: 'With --prefix: no more than so many (default: 10000)' },
    YES_OPTION,
    JSON_OPTION,
  ],
  examples: [
    'reprise delete shop:1:rates --yes',
    'reprise delete rates --alias default',
    'reprise delete --prefix shop:1:user: --yes',
  ],
  run: async ({ words: [key], options }, io) => {
    const prefix = options.text('prefix')
    const limit = options.count('limit', LIMIT)
    if ((key === undefined) === (prefix === undefined)) {
      throw new UsageError('delete needs either a key or --prefix.')
    }
    await using target = await Target.open(options, io)
    const asked = key === undefined ? undefined : keyTarget(target, key, options)
    const what =
      asked === undefined
        ? `This removes up to ${limit} keys that start with ${escaped(prefix ?? '')}.`
        : `This removes the key ${escaped(asked.wholeKey)}.`
    const refused = await confirmed(what, options, io)
    if (refused !== undefined) return refused
    if (asked === undefined) {
      const deleted = await deletePrefix(target.clients, prefix ?? '', limit)
      const isWhole = deleted < limit
      if (options.flag('json')) {
        io.stdout.write(`${formatJson({ schemaVersion: 1, prefix, deleted, complete: isWhole })}\n`)
      } else io.stdout.write(`${deleted} keys were removed.\n`)
      if (!isWhole) io.stderr.write('There may be more: it stopped at --limit.\n')
      return EXIT.ok
    }
    const isDeleted = await asked.cache.delete(asked.key)
    if (options.flag('json')) {
      const whole = { schemaVersion: 1, key: asked.wholeKey, deleted: isDeleted }
      io.stdout.write(`${formatJson(whole)}\n`)
    } else if (isDeleted) io.stdout.write(`${escaped(asked.wholeKey)} was removed.\n`)
    if (isDeleted) return EXIT.ok
    io.stderr.write(notFound(asked))
    return EXIT.notFound
  },
}

const BATCH = 1000

async function deletePrefix(
  clients: readonly MemcachedClient[],
  prefix: string,
  limit: number,
): Promise<number> {
  let deleted = 0
  let seen = 0
  for (const client of clients) {
    let batch: ListedKey[] = []
    const remove = async (): Promise<void> => {
      const done = await Promise.all(batch.map((listed) => client.deleteListed(listed)))
      deleted += done.filter((isDone) => isDone).length
      batch = []
    }
    for await (const listed of client.keys({ startsWith: prefix, limit: limit - seen })) {
      seen++
      batch.push(listed)
      if (batch.length === BATCH) await remove()
    }
    await remove()
  }
  return deleted
}
