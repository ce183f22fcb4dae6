import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/clock.ts'
import { CommandLine, runCommand } from '../../support/command-line.ts'
import { eventually } from '../../support/eventually.ts'
import { startMemcached } from '../../support/memcached.ts'

describe('reprise metrics', () => {
  it('serves the figures of the servers until it is interrupted', async () => {
    await using server = await startMemcached()
    const name = `127.0.0.1:${server.port}`
    const line = new CommandLine(systemClock, { env: { MEMCACHE_SERVERS: name } })
    const done = line.run('metrics', '--port', '0')
    await eventually(async () => line.out.endsWith('\n'))
    const url = line.out.trim()

    const scraped = await fetch(url)
    const text = await scraped.text()
    const elsewhere = await fetch(new URL('/', url))
    const written = await fetch(url, { method: 'POST' })
    line.interrupt()

    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/)
    expect(scraped.headers.get('content-type')).toContain('version=0.0.4')
    expect(text).toContain(`memcached_up{server="${name}"} 1\n`)
    expect(text).toContain(`memcached_current_items{server="${name}"} 0\n`)
    expect([elsewhere.status, written.status]).toEqual([404, 405])
    expect(await done).toBe(130)
    await expect(fetch(url)).rejects.toThrow()
  })

  it('writes them once, and ends with 4 where no server answers', async () => {
    await using server = await startMemcached()
    const once = ['metrics', '--once', '-s', `127.0.0.1:${server.port}`]
    const there = await runCommand(once)
    await server.kill()
    const gone = await runCommand(once)

    expect(there.code).toBe(0)
    expect(there.out).toContain('# TYPE memcached_commands_total counter\n')
    expect(gone.code).toBe(4)
    expect(gone.out).toContain(`memcached_up{server="127.0.0.1:${server.port}"} 0\n`)
  })

  it('says where it listens, and that everybody can read it there', async () => {
    const line = new CommandLine(systemClock, { env: { MEMCACHE_SERVERS: '127.0.0.1:1' } })
    const done = line.run('metrics', '--port', '0', '--host', '::1')
    await eventually(async () => line.err.includes('Ctrl-C'))
    line.interrupt()

    expect(line.out).toMatch(/^http:\/\/\[::1\]:\d+\/metrics\n$/)
    expect(line.err).toContain('Everybody who reaches that address can read them.')
    expect(await done).toBe(130)
  })
})
