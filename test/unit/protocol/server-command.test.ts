import { describe, expect, it } from 'vitest'
import { wireKey } from '../../../src/protocol/key.ts'
import {
  cacheMemlimit,
  flushAll,
  inspect,
  stats,
  verbosity,
} from '../../../src/protocol/server-command.ts'

describe('a command to a server', () => {
  it.each([
    ['its figures', stats('general'), 'stats'],
    ['its items', stats('items'), 'stats items'],
    ['a flush', flushAll(0), 'flush_all'],
    ['a later flush', flushAll(10), 'flush_all 10'],
    ['its verbosity', verbosity(2), 'verbosity 2'],
    ['its memory', cacheMemlimit(1024), 'cache_memlimit 1024'],
    ['a plain key', inspect(wireKey('k')), 'me k'],
    ['an encoded key', inspect(wireKey('a b')), 'me YSBi b'],
  ])('is one line: %s', (_, command, line) => {
    expect(command.line).toBe(line)
  })

  it.each([
    ['kind', () => stats('toString' as 'items')],
    ['kind', () => stats('items\r\nflush_all' as 'items')],
    ['delay', () => flushAll(-1)],
    ['delay', () => flushAll(0.5)],
    ['delay', () => flushAll(2 ** 31)],
    ['delay', () => flushAll('0\r\n' as unknown as number)],
    ['level', () => verbosity(3)],
    ['megabytes', () => cacheMemlimit(0)],
    ['megabytes', () => cacheMemlimit(2 ** 32)],
  ])('refuses a wrong `%s`', (option, build) => {
    expect(build).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringContaining(`\`${option}\``),
      }),
    )
  })
})
