import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MemcachedClient } from '../../../src/client/client.ts'
import { startMemcached } from '../../support/memcached.ts'

// What ships: the built file, started by its first line as npm's links do.
const MAIN = new URL('../../../dist/cli/main.js', import.meta.url).pathname

describe('the reprise command', () => {
  it('shows a server and ends with 0', async () => {
    await using server = await startMemcached()

    const { code, out, err } = await start(['stats', '-s', `127.0.0.1:${server.port}`, '-i', '0.1'])

    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(new RegExp(`^SERVER .*\\n127\\.0\\.0\\.1:${server.port} +up `))
  })

  it('ends with 4 where the server cannot be reached', async () => {
    const server = await startMemcached()
    await server.kill()

    const { code, out } = await start(['stats', '-s', `127.0.0.1:${server.port}`, '-i', '0.1'])

    expect([code, out.includes('down')]).toEqual([4, true])
  })

  it('ends with 2 and a hint for a slip of the pen', async () => {
    expect(await start(['stats', '--jsno'])).toEqual({
      code: 2,
      out: '',
      err: 'reprise: There is no option --jsno. Did you mean --json?\nTry reprise --help.\n',
    })
  })

  it('ends with 130 when it is interrupted', async () => {
    await using server = await startMemcached()
    const child = spawn(process.execPath, [MAIN, 'stats', '-s', `127.0.0.1:${server.port}`, '-w'])
    child.stdout.resume()
    await once(child.stdout, 'data')

    child.kill('SIGINT')

    expect(await once(child, 'close')).toEqual([130, null])
  })

  it('is quiet when the reader of a pipe leaves', async () => {
    await using server = await startMemcached()
    const command = `"$0" "$1" stats -w -i 0.1 -s 127.0.0.1:${server.port} | head -n 1`

    const text = execFileSync('sh', ['-c', `(${command}) 2>&1`, process.execPath, MAIN], {
      encoding: 'utf8',
    })

    expect(text).toMatch(/^SERVER .*\n$/)
  })

  it('is quiet when the reader of a long list leaves', async () => {
    await using server = await startMemcached()
    await using client = new MemcachedClient(`127.0.0.1:${server.port}`)
    const entries = Array.from({ length: 20_000 }, (_, i) => [`key:${i}`, 'v'] as const)
    await client.setMany(entries)
    const command = `"$0" "$1" keys --limit 0 -s 127.0.0.1:${server.port} | head -n 2`

    const text = execFileSync('sh', ['-c', `(${command}) 2>&1`, process.execPath, MAIN], {
      encoding: 'utf8',
    })

    expect(text).toMatch(/^ +SIZE .*\n +\d+ B .* key:\d+\n$/)
  })

  it('runs a configuration in TypeScript where Node does, and else says what to do', async () => {
    await using server = await startMemcached()
    const cwd = mkdtempSync(join(tmpdir(), 'reprise-typed-'))
    const place = `memcached://127.0.0.1:${server.port}`
    writeFileSync(
      join(cwd, 'reprise.config.ts'),
      `export default { default: '${place}' as string }\n`,
    )

    const { code, out, err } = await start(['stats', 'conns'], cwd)
    rmSync(cwd, { recursive: true })

    if ('typescript' in process.features && process.features.typescript !== false) {
      expect([code, out.includes(`${server.port}`), err]).toEqual([0, true, ''])
    } else {
      expect([code, out]).toEqual([2, ''])
      expect(err).toContain('Else write it as reprise.config.mjs.')
    }
  })

  it('is paced by its interval and not by what else keeps a process alive', async () => {
    await using server = await startMemcached()
    const args = ['stats', '--json', '-i', '1.5', '-s', `127.0.0.1:${server.port}`]

    const { out } = await start(args)

    expect(JSON.parse(out).servers[0].seconds).toBeCloseTo(1.5, 1)
  })
})

async function start(args: readonly string[], cwd = '/') {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.on('data', (data) => {
    out += data
  })
  child.stderr.on('data', (data) => {
    err += data
  })
  const [code] = await once(child, 'close')
  return { code, out, err }
}
