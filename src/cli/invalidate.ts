import { type Command, JSON_OPTION, KEY_OPTIONS, PLACE_OPTIONS } from './command.ts'
import { EXIT } from './io.ts'
import { keyTarget, notFound } from './key-target.ts'
import { Target } from './target.ts'
import { escaped, formatJson } from './terminal.ts'
import { UsageError } from './usage.ts'

export const INVALIDATE: Command = {
  name: 'invalidate',
  words: '[key]',
  fewestWords: 0,
  mostWords: 1,
  summary: 'Marks a key, or all with a tag, to be computed anew',
  about: `Marks a value as wrong: readers miss, or get it stale while one of them computes it
anew, as they ask for it. The key is a whole one; with --alias it is the
application's. With --tag everything that the alias stored with one of the tags,
by two round trips however much that is; the alias is "default" if none is named.`,
  options: [
    ...PLACE_OPTIONS,
    ...KEY_OPTIONS,
    { flags: '-t, --tag <list>', help: 'Tags with commas, instead of a key' },
    { flags: '--hard', help: 'With --tag: nobody gets it stale any more' },
    JSON_OPTION,
  ],
  examples: [
    'reprise invalidate shop:1:rates',
    'reprise invalidate rates --alias default',
    'reprise invalidate --tag prices,stock --alias pages',
  ],
  run: async ({ words: [key], options }, io) => {
    const tags = options.text('tag')?.split(',')
    if ((key === undefined) === (tags === undefined)) {
      throw new UsageError('invalidate needs either a key or --tag.')
    }
    const json = options.flag('json')
    await using target = await Target.open(options, io)
    if (key === undefined) {
      const mode = options.flag('hard') ? 'hard' : 'soft'
      await target.cache.invalidateTags(tags ?? [], { mode })
      io.stdout.write(
        json
          ? `${formatJson({ schemaVersion: 1, alias: target.found.alias, tags, mode })}\n`
          : `Everything of ${target.found.alias} with ${escaped((tags ?? []).join(' or '))} is invalid.\n`,
      )
      return EXIT.ok
    }
    const asked = keyTarget(target, key, options)
    const isDone = await asked.cache.invalidate(asked.key)
    if (json) {
      const whole = { schemaVersion: 1, key: asked.wholeKey, invalidated: isDone }
      io.stdout.write(`${formatJson(whole)}\n`)
    } else if (isDone) io.stdout.write(`${escaped(asked.wholeKey)} is marked stale.\n`)
    if (isDone) return EXIT.ok
    io.stderr.write(notFound(asked))
    return EXIT.notFound
  },
}
