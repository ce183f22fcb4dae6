import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { isPassword, parseHash } from '../../../src/admin/password.ts'
import { systemClock } from '../../../src/clock.ts'
import { CommandLine, runCommand } from '../../support/command-line.ts'
import { eventually } from '../../support/eventually.ts'
import { startMemcached } from '../../support/memcached.ts'

describe('reprise admin', () => {
  it('serves the dashboard on this machine, in production too, until it is interrupted', async () => {
    await using server = await startMemcached()
    const env = { NODE_ENV: 'production', MEMCACHE_SERVERS: `127.0.0.1:${server.port}` }
    const line = new CommandLine(systemClock, { env })
    const done = line.run('admin', '--port', '0')
    await eventually(async () => line.out.endsWith('\n'))
    const url = line.out.trim()

    const overview = await fetch(`${url}api/overview`)
    const told: unknown = await overview.json()
    const rebound = await askAs(url, 'evil.example')
    line.interrupt()

    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
    expect(overview.status).toBe(200)
    expect(JSON.stringify(told)).toContain(`127.0.0.1:${server.port}`)
    expect(told).toMatchObject({ readOnly: true })
    expect(rebound).toBe(403)
    expect(await done).toBe(130)
    await expect(fetch(url)).rejects.toThrow()
  })

  it('ends with 1 where the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const address = taken.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0

    const { code, err } = await runCommand(['admin', '-p', `${port}`, '-s', '127.0.0.1'])
    taken.close()

    expect(code).toBe(1)
    expect(err).toContain('EADDRINUSE')
  })

  it('ends with 2 where there are no servers to look at', async () => {
    expect((await runCommand(['admin'], { env: { CACHE_URL: 'memory://' } })).code).toBe(2)
  })
})

describe('reprise hash-password', () => {
  it('hashes what is piped in, and says it nowhere', async () => {
    const { code, out, err } = await runCommand(['hash-password'], { input: 's3cret word\n' })

    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^scrypt\$\d+\$\d+\$\d+\$[\w-]+\$[\w-]+\n$/)
    expect(await isHashOf(out.trim(), 's3cret word')).toBe(true)
  })

  it('asks a person', async () => {
    const surroundings = { isTTY: true, input: 's3crex\u007ft\r' }
    const { code, out, err } = await runCommand(['hash-password'], surroundings)

    expect([code, err]).toEqual([0, 'Password: \n'])
    expect(await isHashOf(out.trim(), 's3cret')).toBe(true)
  })

  it('ends with 130 where it is interrupted, and with 2 where there is none', async () => {
    const interrupted = await runCommand(['hash-password'], { isTTY: true, input: 'abc\u0003' })
    const nothing = await runCommand(['hash-password'], { input: '\n' })

    expect([interrupted.code, interrupted.out, nothing.code]).toEqual([130, '', 2])
  })
})

async function isHashOf(text: string, password: string): Promise<boolean> {
  const hash = parseHash(text)
  return hash !== undefined && (await isPassword(password, hash))
}

/** The status of an answer to a request that names another host. */
async function askAs(url: string, host: string): Promise<number | undefined> {
  const asking = request(url, { headers: { host } })
  asking.end()
  const [response] = await once(asking, 'response')
  response.resume()
  return response.statusCode
}
