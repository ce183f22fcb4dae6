import { describe, expect, it, vi } from 'vitest'
import { MemcachedClient } from '../../../src/client/client.ts'
import { runCommand, TimedCommandLine } from '../../support/command-line.ts'
import { startImpostor } from '../../support/impostor.ts'
import { startMemcached } from '../../support/memcached.ts'

describe('reprise stats', () => {
  it('shows known traffic of two servers and their sum', async () => {
    await using one = await startMemcached()
    await using other = await startMemcached()
    const terminal = new TimedCommandLine()
    const done = terminal.run('stats', '-s', `127.0.0.1:${one.port},127.0.0.1:${other.port}`)
    await terminal.asleep()
    await traffic(one.port, { hits: 90, misses: 10 })
    await traffic(other.port, { hits: 0, misses: 20 })
    terminal.clock.advance(1)

    expect(await done).toBe(0)
    const [head = '', first = '', second = '', total = ''] = terminal.out.split('\n')
    expect(cells(head).slice(0, 5)).toEqual([
      'SERVER',
      'STATE',
      'HIT RATIO',
      'SINCE START',
      'GETS/S',
    ])
    expect(cells(first).slice(0, 6)).toEqual([
      `127.0.0.1:${one.port}`,
      'up',
      '90.0 %',
      '90.0 %',
      '100',
      '1',
    ])
    expect(cells(second).slice(0, 5)).toEqual([
      `127.0.0.1:${other.port}`,
      'up',
      '0.0 %',
      '0.0 %',
      '20',
    ])
    expect(cells(total).slice(0, 5)).toEqual(['all servers', '2/2', '75.0 %', '120', '2'])
    expect(terminal.err).toBe('')
  })

  it('shows – where there is nothing to say', async () => {
    await using server = await startMemcached()
    const terminal = new TimedCommandLine()
    const done = terminal.run('stats', '-s', `127.0.0.1:${server.port}`)
    await terminal.asleep()
    terminal.clock.advance(1)

    expect(await done).toBe(0)
    expect(cells(terminal.out.split('\n')[1] ?? '').slice(2, 5)).toEqual(['–', '–', '0'])
    expect(terminal.out.split('\n')).toHaveLength(3)
  })

  it('gives one object with --json', async () => {
    await using server = await startMemcached()
    const terminal = new TimedCommandLine({ MEMCACHE_SERVERS: `127.0.0.1:${server.port}` })
    const done = terminal.run('stats', '--json', '--interval', '2s')
    await terminal.asleep()
    await traffic(server.port, { hits: 30, misses: 10 })
    terminal.clock.advance(2)

    expect(await done).toBe(0)
    expect(JSON.parse(terminal.out)).toMatchObject({
      schemaVersion: 1,
      intervalSeconds: 2,
      total: { hitRatio: 0.75, getsPerSecond: 20, servers: 1, serversUp: 1 },
      servers: [{ server: `127.0.0.1:${server.port}`, up: true, hitRatio: 0.75, seconds: 2 }],
    })
  })

  it('gives a line per interval with --watch --json, until it is interrupted', async () => {
    await using server = await startMemcached()
    const terminal = new TimedCommandLine({ CACHE_URL: `memcached://127.0.0.1:${server.port}` })
    const done = terminal.run('stats', '--json', '--watch')
    for (const lines of [0, 1, 2]) {
      await vi.waitFor(() => expect(terminal.out.split('\n')).toHaveLength(lines + 1))
      await terminal.asleep()
      terminal.clock.advance(1)
    }
    await vi.waitFor(() => expect(terminal.out.split('\n')).toHaveLength(4))
    terminal.interrupt()

    expect(await done).toBe(130)
    const seconds = terminal.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).servers[0].seconds)
    expect(seconds).toEqual([1, 1, 1])
  })

  it('prefers --servers to CACHE_URL, and that to MEMCACHE_SERVERS', async () => {
    await using server = await startMemcached()
    const right = `127.0.0.1:${server.port}`
    const wrong = '127.0.0.1:1'

    const byFlag = new TimedCommandLine({
      CACHE_URL: `memcached://${wrong}`,
      MEMCACHE_SERVERS: wrong,
    })
    const byUrl = new TimedCommandLine({
      CACHE_URL: `memcached://${right}`,
      MEMCACHE_SERVERS: wrong,
    })

    expect(await byFlag.finish('stats', '-s', right)).toBe(0)
    expect(await byUrl.finish('stats')).toBe(0)
  })

  it('ends with 4 where a server cannot be reached, and shows the others', async () => {
    await using server = await startMemcached()
    const dead = await startMemcached()
    await dead.kill()
    const terminal = new TimedCommandLine()

    const code = await terminal.finish(
      'stats',
      '-s',
      `127.0.0.1:${server.port},127.0.0.1:${dead.port}`,
    )

    expect(code).toBe(4)
    expect(terminal.out).toMatch(/ up .*\n.* down .*\nall servers +1\/2 /)
    expect(terminal.err).toContain(`127.0.0.1:${dead.port}: `)
  })

  it.each([
    [
      ['stats', '--jsno'],
      'reprise: There is no option --jsno. Did you mean --json?\nTry reprise --help.\n',
    ],
    [['stats', '-s', 'host:99999999'], 'Try reprise --help.\n'],
    [['stats', '-s', 'a b'], 'Try reprise --help.\n'],
  ])('ends with 2 for %j', async (args, said) => {
    const terminal = new TimedCommandLine()

    expect(await terminal.run(...args)).toBe(2)
    expect(terminal.err).toContain(said)
    expect(terminal.out).toBe('')
  })

  it('ends with 2 where CACHE_URL names no servers', async () => {
    const terminal = new TimedCommandLine({ CACHE_URL: 'memory://' })

    expect(await terminal.run('stats')).toBe(2)
    expect(terminal.err).toContain('The alias default names no Memcached servers')
  })

  it.each([
    ['items', /^127\.0\.0\.1:\d+\nCLASS +ITEMS .*\n +1 +1 /],
    ['slabs', /^127\.0\.0\.1:\d+\nCLASS +CHUNK .*\n +1 +96 B +1 /],
    ['settings', /\nSETTING +VALUE\nmaxbytes +67108864\n/],
    ['conns', /\n\d+ +tcp:127\.0\.0\.1:\d+ +listening /],
  ])('shows %s of a server, asked once', async (kind, shown) => {
    await using server = await startMemcached()
    await traffic(server.port, { hits: 1, misses: 0 })
    const place = ['-s', `127.0.0.1:${server.port}`]

    const table = await runCommand(['stats', kind, ...place])
    const json = await runCommand(['stats', kind, ...place, '--json'])

    expect([table.code, table.err]).toEqual([0, ''])
    expect(table.out).toMatch(shown)
    expect(JSON.parse(json.out)).toMatchObject({
      schemaVersion: 1,
      kind,
      servers: [{ error: null }],
    })
  })

  it('prints no escape sequence that a server sends', async () => {
    await using server = await startImpostor({
      version: '\u001b]0;owned\u0007\u001b[2J1.6\u001b[31m.18',
      uptime: '60',
    })
    const terminal = new TimedCommandLine()

    expect(await terminal.finish('stats', '-s', `127.0.0.1:${server.port}`)).toBe(0)
    expect(terminal.out).toMatch(/1 min {2}1\.6\.18\n$/)
    expect(terminal.out).not.toContain('\u001b')
  })
})

describe('reprise', () => {
  it('shows its version and its help on the standard output', async () => {
    const version = new TimedCommandLine()
    const help = new TimedCommandLine()

    expect([await version.run('--version'), await help.run('--help')]).toEqual([0, 0])
    expect(version.out).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect(help.out).toContain('Usage: reprise <command>')
  })

  it('shows its help as an error where there is no command', async () => {
    const terminal = new TimedCommandLine()

    expect(await terminal.run()).toBe(2)
    expect([terminal.out, terminal.err.split('\n')[0]]).toEqual([
      '',
      'Usage: reprise <command> [options]',
    ])
  })
})

async function traffic(port: number, { hits, misses }: { hits: number; misses: number }) {
  await using client = new MemcachedClient(`127.0.0.1:${port}`)
  await client.set('there', 'v')
  await Promise.all(Array.from({ length: hits }, () => client.get('there')))
  await Promise.all(Array.from({ length: misses }, () => client.get('not there')))
}

/** Columns are at least two blanks apart; single ones are within a cell. */
function cells(line: string): string[] {
  return line.trim().split(/ {2,}/)
}
