import { type Command, JSON_OPTION, PLACE_OPTIONS, YES_OPTION } from './command.ts'
import { confirmed } from './confirm.ts'
import { EXIT } from './io.ts'
import { reasonOf } from './reason.ts'
import { Target } from './target.ts'
import { formatJson, printable } from './terminal.ts'

export const FLUSH: Command = {
  name: 'flush',
  words: '',
  fewestWords: 0,
  mostWords: 0,
  summary: 'Empties whole servers, whoever they hold items for',
  about: `Empties every server (flush_all): all aliases and all other programs on it. Whatever
they hold is computed anew, all at once, so mind what is behind the cache. To empty
one alias, see "reprise versions bump".`,
  options: [...PLACE_OPTIONS, YES_OPTION, JSON_OPTION],
  examples: ['reprise flush --servers 127.0.0.1 --yes'],
  run: async ({ options }, io) => {
    await using target = await Target.open(options, io)
    const { clients } = target
    const names = clients.flatMap(({ servers }) => servers)
    const where = names.length === 0 ? 'every server that is discovered' : names.join(', ')
    const what = `This empties ${printable(where)}, whoever's items they are.`
    const refused = await confirmed(what, options, io)
    if (refused !== undefined) return refused
    const answers = (await Promise.all(clients.map((client) => client.flushAll()))).flat()
    if (options.flag('json')) {
      const servers = answers.map(({ server, error }) => ({
        server,
        flushed: error === undefined,
        error: error === undefined ? null : reasonOf(error),
      }))
      io.stdout.write(`${formatJson({ schemaVersion: 1, servers }, 2)}\n`)
    } else {
      for (const { server, error } of answers) {
        if (error === undefined) io.stdout.write(`${printable(server)} is empty.\n`)
      }
    }
    const failed = answers.filter(({ error }) => error !== undefined)
    for (const { server, error } of failed) {
      io.stderr.write(`${printable(server)}: ${reasonOf(error)}\n`)
    }
    if (failed.length === 0) return EXIT.ok
    // One that does not allow it (`-F`) is there all the same.
    return failed.every(({ error }) => error?.code === 'ERR_SERVER')
      ? EXIT.failed
      : EXIT.unreachable
  },
}
