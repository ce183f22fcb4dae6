import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { MemcachedClient } from '../../../src/client/client.ts'
import { runCommand, type Surroundings } from '../../support/command-line.ts'
import { startImpostor } from '../../support/impostor.ts'
import { freePort, startMemcached } from '../../support/memcached.ts'
import { startLoginMemcached } from '../../support/secured-memcached.ts'

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

describe('reprise doctor', () => {
  it('finds nothing wrong with a server that is well, and only that it is young', async () => {
    await using server = await startMemcached()
    await store(server.port, 10)

    const { code, report } = await examine(server.port)

    expect([code, report.healthy, codes(report)]).toEqual([0, true, ['restarted']])
    expect(report.servers).toEqual([
      { server: `127.0.0.1:${server.port}`, up: true, version: expect.stringMatching(/^1\./) },
    ])
  })

  it('finds nothing wrong with an empty one, and says that it is', async () => {
    await using server = await startMemcached()

    const { code, out } = await doctor(server.port)

    expect(code).toBe(0)
    expect(out).toMatch(
      new RegExp(
        `^settings\\n {2}ok\\n\\n127\\.0\\.0\\.1:${server.port} {2}memcached 1\\.[^,]+, up \\d+ s, empty, 64 MiB\\n {2}ok\\n\\nNothing is wrong\\.\\n$`,
      ),
    )
  })

  it('finds that a full one drops what should still live', async () => {
    await using server = await startMemcached(['-m', '2'])
    const writing = keepWriting(server.port)

    const { code, report } = await examine(server.port)
    await writing.end()

    expect(code).toBe(5)
    const finding = report.findings.find((one) => one.code === 'evicts-early')
    expect(finding).toMatchObject({ level: 'problem', where: `127.0.0.1:${server.port}` })
    expect(finding?.text).toMatch(
      /^It is full \(2 MiB\): items go \d+ s after their last use, before their ttl of 5 min ends\.$/,
    )
    expect(finding?.action).toMatch(/^Start it with more memory \(-m\)/)
  })

  it('finds that a full one refuses to store', async () => {
    await using server = await startMemcached(['-m', '2', '-M'])
    const writing = keepWriting(server.port)

    const { code, report } = await examine(server.port)
    await writing.end()

    expect(code).toBe(5)
    expect(codes(report)).toEqual(expect.arrayContaining(['evictions-off', 'no-memory']))
  })

  it('finds what is wrong with how one is set up', async () => {
    const udp = await freePort()
    const args = ['-U', `${udp}`, '-C', '-X', '-A', '-M', '-I', '512k', '-o', 'no_lru_crawler']
    await using server = await startMemcached(args, { host: '0.0.0.0' })

    const { code, report } = await examine(server.port)

    expect([code, report.healthy]).toEqual([5, false])
    expect(codes(report).sort()).toEqual([
      'cas-off',
      'crawler-off',
      'dump-off',
      'evictions-off',
      'listens-everywhere',
      'shutdown-on',
      'udp-on',
      'value-limit',
    ])
    for (const { text, action } of report.findings) {
      expect(text).toMatch(/\.$/)
      expect(action).toMatch(/\.$/)
    }
  })

  it('finds that one is dead, and looks at the others', async () => {
    await using server = await startMemcached()
    const dead = await startMemcached()
    await dead.kill()

    const args = ['doctor', '-i', '0.1', '-s', `127.0.0.1:${server.port},127.0.0.1:${dead.port}`]
    const { code, out } = await runCommand(args)

    expect(code).toBe(5)
    expect(out).toMatch(
      /\n127\.0\.0\.1:\d+ {2}down\n {2}problem {2}It does not answer: .*ECONNREFUSED/,
    )
    expect(out).toContain(
      'Start it, or correct the address; until then its share of the keys misses.',
    )
    expect(out).toMatch(/memcached 1\..* empty, 64 MiB\n {2}ok\n/)
    expect(out).toMatch(/\n1 thing wrong\.\n$/)
  })

  it('finds that one wants a login', async () => {
    const server = await startLoginMemcached('app', 's3cret')

    const refused = await examine(server.port)
    const env = { CACHE_URL: `memcached://app:s3cret@127.0.0.1:${server.port}` }
    const allowed = await runCommand(['doctor', '-i', '0.1'], { env })
    await server.kill()

    expect([refused.code, codes(refused.report)]).toEqual([5, ['login-refused']])
    expect([allowed.code, allowed.err]).toEqual([0, ''])
    expect(allowed.out).not.toContain('s3cret')
  })

  it('finds that servers differ', async () => {
    await using small = await startMemcached(['-m', '32'])
    await using large = await startMemcached(['-m', '128'])
    const places = [`127.0.0.1:${small.port}`, `127.0.0.1:${large.port}`]

    const equal = await runCommand(['doctor', '-i', '0.1', '-s', places.join()])
    const strict = await runCommand(['doctor', '-i', '0.1', '--strict', '-s', places.join()])
    const weighted = await runCommand(['doctor', '-i', '0.1', '-s', `${places.join()}*4`])

    expect([equal.code, strict.code, weighted.code]).toEqual([0, 5, 0])
    expect(equal.out).toContain('They have from 32 MiB to 128 MiB of memory')
    expect(weighted.out).not.toContain('of memory')
  })

  it('tells what the settings warn of, and names their file', async () => {
    await using server = await startMemcached()
    const place = `memcached://127.0.0.1:${server.port}?keyPrefix=doctor-test`
    const cwd = folderWith({ default: place, twin: place })

    const { code, out } = await runCommand(['doctor', '-i', '0.1'], { cwd })

    expect(code).toBe(0)
    expect(out).toContain(`settings  ${cwd}/reprise.config.json\n`)
    expect(out).toContain('The cache aliases `default` and `twin` share a location and a keyPrefix')
    expect(out).toContain('See REPRISE_SHARED_KEYS in docs/advisor.md.')
  })

  it.each([
    [{ default: 'memcached://a?tll=5' }, 'parameter'],
    [{ default: 'memory://' }, 'The alias default names no Memcached servers'],
    [{ default: { backend: 'memcached', location: 'a b' } }, 'a b'],
    [{ default: { backend: 'memcached', optoins: {} } }, 'There is no option "optoins"'],
  ])('finds settings that are wrong: %j', async (settings, text) => {
    const { code, out } = await runCommand(['doctor', '--json'], { cwd: folderWith(settings) })

    const report = JSON.parse(out)
    expect([code, report.healthy, codes(report)]).toEqual([5, false, ['settings-wrong']])
    expect(report.findings[0].text).toContain(text)
  })

  it('ends with 2 where the command line is wrong, which is no finding', async () => {
    expect((await runCommand(['doctor', '--alias', 'nope'])).code).toBe(2)
  })

  it('prints no escape sequence that a server sends', async () => {
    const evil = '\u001b]0;owned\u0007\u001b[2J1.4.0\u001b[31m\u202e'
    await using server = await startImpostor({ version: evil, inter: evil, uptime: '60' })

    const { out } = await doctor(server.port)

    expect(out).toContain('1.4.0')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not come out.
    expect(out).not.toMatch(/[\u001b\u0007\u202e]/)
  })
})

interface Report {
  readonly healthy: boolean
  readonly servers: readonly object[]
  readonly findings: readonly {
    readonly level: string
    readonly code: string
    readonly where: string
    readonly text: string
    readonly action: string
  }[]
}

function codes({ findings }: Report): string[] {
  return findings.map(({ code }) => code)
}

function doctor(port: number, surroundings: Surroundings = {}) {
  return runCommand(['doctor', '-i', '0.3', '-s', `127.0.0.1:${port}`], surroundings)
}

async function examine(port: number): Promise<{ code: number; report: Report }> {
  const args = ['doctor', '-i', '0.5', '--json', '-s', `127.0.0.1:${port}`]
  const { code, out } = await runCommand(args)
  return { code, report: JSON.parse(out) }
}

async function store(port: number, count: number): Promise<void> {
  await using client = new MemcachedClient(`127.0.0.1:${port}`)
  await client.setMany(Array.from({ length: count }, (_, i) => [`k${i}`, 'v'] as const))
}

/** Stores until it is told to end, and has stored more than fits before it returns. */
function keepWriting(port: number): { end(): Promise<void> } {
  let isOver = false
  const run = async (): Promise<void> => {
    await using client = new MemcachedClient(`127.0.0.1:${port}`)
    const value = Buffer.alloc(1000, 'v')
    for (let round = 0; !isOver; round++) {
      const entries = Array.from({ length: 500 }, (_, i) => [`w${round}:${i}`, value] as const)
      await client.setMany(entries)
    }
  }
  const done = run()
  return {
    end: async () => {
      isOver = true
      await done
    },
  }
}

function folderWith(settings: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'reprise-doctor-'))
  folders.push(folder)
  writeFileSync(join(folder, 'reprise.config.json'), JSON.stringify(settings))
  return folder
}
