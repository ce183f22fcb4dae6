import { tracingChannel } from 'node:diagnostics_channel'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createCaches } from '../../../src/index.ts'
import { eventually } from '../../support/eventually.ts'
import { startMemcached } from '../../support/memcached.ts'
import { warningsOf } from '../../support/warnings.ts'

describe('a limit of values above the default', () => {
  it('is held against the server once it was connected to, and told where it is above', async () => {
    await using server = await startMemcached()
    const location = `127.0.0.1:${server.port}`

    const seen = await useCaches(location)

    expect(seen).toEqual({
      commands: ['metaSet', 'stats', 'metaSet'],
      warnings: [
        {
          code: 'REPRISE_VALUE_LIMIT',
          text: `The cache \`default\` has a \`maxValueBytes\` of 2097152, but ${location} takes items of 1048576 bytes at most (\`-I\`): what is larger is sent, and refused. Lower \`maxValueBytes\`, or raise the server's \`-I\`.`,
        },
      ],
    })
  })

  it('is not told where the server takes as much', async () => {
    await using server = await startMemcached(['-I', '2m'])

    expect(await useCaches(`127.0.0.1:${server.port}`)).toEqual({
      commands: ['metaSet', 'stats', 'metaSet'],
      warnings: [],
    })
  })

  it('asks for nothing where no server is there, and fails nothing', async () => {
    const commands = noteCommands()
    const warnings = await warningsOf(async () => {
      await using caches = createCaches({ default: withLimit('127.0.0.1:1') })
      await caches.default.get('k')
    })

    expect(warnings.map(({ code }) => code)).toEqual(['REPRISE_SERVER_DOWN'])
    expect(commands.end()).not.toContain('stats')
  })
})

/** Writes, waits until the server was asked for its settings, and writes again. */
async function useCaches(location: string) {
  const commands = noteCommands()
  const warnings = await warningsOf(async () => {
    await using caches = createCaches({
      default: withLimit(location),
      other: withLimit(location, 'o'),
    })
    await caches.default.set('k', 'v')
    await eventually(() => commands.names.includes('stats'))
    await setImmediate()
    await caches.default.set('k', 'v')
  })
  return { commands: commands.end(), warnings }
}

function withLimit(location: string, keyPrefix = '') {
  const options = { maxValueBytes: 2_097_152 }
  return { backend: 'memcached', location, keyPrefix, options } as const
}

/** Names the commands that were answered. */
function noteCommands() {
  const names: string[] = []
  const channel = tracingChannel<unknown, { operation: string }>('reprise:command').asyncEnd
  const note = (message: unknown) => {
    names.push((message as { operation: string }).operation)
  }
  channel.subscribe(note)
  return {
    names,
    end: () => {
      channel.unsubscribe(note)
      return names
    },
  }
}
