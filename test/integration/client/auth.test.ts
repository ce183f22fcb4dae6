import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCaches, describeCaches } from '../../../src/caches.ts'
import { type Certificates, makeCertificates } from '../../support/certificates.ts'
import { openClient } from '../../support/client.ts'
import { runCommand } from '../../support/command-line.ts'
import { eventually } from '../../support/eventually.ts'
import { startMemcached } from '../../support/memcached.ts'
import { ask } from '../../support/raw.ts'
import { type LoginServer, startLoginMemcached } from '../../support/secured-memcached.ts'

let server: LoginServer
let place: string

beforeAll(async () => {
  server = await startLoginMemcached('app', 's3cret')
  place = `127.0.0.1:${server.port}`
})

afterAll(() => server.kill())

const auth = { username: 'app', password: 's3cret' }

describe('a login', () => {
  it('lets commands, statistics and listings through', async () => {
    await using client = openClient({ servers: place, auth })

    await client.set('k', 'v')

    expect((await client.get('k'))?.value.toString()).toBe('v')
    expect((await client.version())[0]?.value).toMatch(/^1\./)
    const keys: string[] = []
    for await (const { key } of client.keys()) keys.push(key)
    expect(keys).toEqual(['k'])
  })

  it('is made on every connection', async () => {
    await using client = openClient({ servers: place, auth, connections: 3 })
    const keys = Array.from({ length: 60 }, (_, i) => `many:${i}`)

    const stored = await Promise.all(keys.map((key) => client.set(key, 'v')))

    expect(stored.every(Boolean)).toBe(true)
  })

  it('leaves nothing on a server that wants none', async () => {
    await using open = await startMemcached()
    await using client = openClient({ servers: `127.0.0.1:${open.port}`, auth })

    expect(await client.set('k', 'v')).toBe(true)

    const listed: string[] = []
    for await (const { key } of client.keys()) listed.push(key)
    expect(listed).toEqual(['k'])
    for (const question of ['get reprise#login', 'gat 60 reprise#login', 'stats cachedump 1 9']) {
      expect(await ask(open.port, `${question}\r\n`)).not.toMatch(/VALUE|reprise#login|s3cret/)
    }
    expect(await ask(open.port, 'stats\r\n')).toContain('STAT curr_items 1\r\n')
  })
})

describe('a login that is refused', () => {
  const refused: [string, { username: string; password: string } | undefined, RegExp][] = [
    ['a wrong password', { username: 'app', password: 'wr0ng' }, /refused the user name or the/],
    ['an unknown user', { username: 'nobody', password: 's3cret' }, /refused the user name or the/],
    ['none', undefined, /wants a user name and a password: set `auth`/],
  ]
  it.each(refused)('is an error that shows no password, with %s', async (_, given, reason) => {
    const options = given === undefined ? {} : { auth: given }
    await using client = openClient({ servers: place, ...options })

    const error = await client.get('k').catch((cause: unknown) => cause)

    expect(error).toMatchObject({
      code: 'ERR_AUTH',
      applied: 'no',
      server: place,
      message: expect.stringMatching(reason),
    })
    expect(inspect(error, { depth: Infinity })).not.toMatch(/wr0ng|s3cret/)
    await expect(client.keys()[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'ERR_AUTH',
    })
    expect((await client.version())[0]?.error).toMatchObject({ code: 'ERR_AUTH' })
  })

  it('is not tried again with every command', async () => {
    const attempts = async (): Promise<number> =>
      Number(/STAT auth_errors (\d+)/.exec(await server.ask('stats\r\n'))?.[1])
    await using client = openClient({
      servers: place,
      auth: { username: 'app', password: 'wr0ng' },
    })
    const before = await attempts()

    for (let i = 0; i < 200; i++) await client.get('k').catch(() => {})

    expect((await attempts()) - before).toBeLessThanOrEqual(2)
  })

  // Memcached 1.6.18 reads `user pass word` as three words; later ones let it in.
  it('is what 1.6.18 makes of a password with a blank', async () => {
    await using blank = await startLoginMemcached('app', 's3cret', { others: ['other:a b'] })
    await using client = openClient({
      servers: `127.0.0.1:${blank.port}`,
      auth: { username: 'other', password: 'a b' },
    })

    await expect(client.get('k')).rejects.toMatchObject({ code: 'ERR_AUTH' })
  })
})

describe('a login that is lost', () => {
  it('row 24: is an error and not a miss, and is made up for when the server takes it again', async () => {
    let running = await startLoginMemcached('app', 's3cret')
    const { port } = running
    const caches = createCaches({
      default: { backend: 'memcached', location: `127.0.0.1:${port}`, options: { auth } },
    })
    try {
      await caches.default.set('k', 'v')
      await running.kill()
      running = await startLoginMemcached('app', 'another', { port })

      await eventually(async () => {
        const error = await caches.default.get('k').catch((cause: unknown) => cause)
        return (error as { code?: string } | undefined)?.code === 'ERR_AUTH'
      })
      await expect(caches.default.getMany(['k'])).rejects.toMatchObject({ code: 'ERR_AUTH' })
      await expect(caches.default.getOrSet('k', async () => 'new')).rejects.toMatchObject({
        code: 'ERR_AUTH',
      })

      await running.kill()
      running = await startLoginMemcached('app', 's3cret', { port })
      await eventually(async () => {
        const value = await caches.default.getOrSet('k', async () => 'new').catch(() => undefined)
        return value === 'new' && (await caches.default.get('k').catch(() => undefined)) === 'new'
      })
    } finally {
      await caches.close()
      await running.kill()
    }
  })
})

describe('a login in a URL', () => {
  it('reaches every alias, over one client, and is shown nowhere', async () => {
    const env = { CACHE_URL: `memcached://app:s3cret@${place}?onFailure=throw` }
    await using caches = createCaches({ default: {}, other: { keyPrefix: 'o' } }, { env })

    await caches.default.set('k', 'v')

    expect(await caches.default.get('k')).toBe('v')
    const described = describeCaches(caches)
    expect(described[0]?.client).toBe(described[1]?.client)
    expect(described[0]?.client?.servers).toEqual([place])
    expect(inspect([caches, described], { depth: Infinity, showHidden: true })).not.toContain(
      's3cret',
    )
  })

  it('reaches the command line', async () => {
    const env = { CACHE_URL: `memcached://app:s3cret@${place}` }

    const { code, out, err } = await runCommand(['stats', 'conns'], { env })

    expect([code, err]).toEqual([0, ''])
    expect(out).toContain(place)
    expect(out).not.toContain('s3cret')
  })

  it('is not the same client with another password', () => {
    const location = place
    const caches = createCaches({
      default: { backend: 'memcached', location, options: { auth } },
      same: { backend: 'memcached', location, keyPrefix: 's', options: { auth: { ...auth } } },
      other: {
        backend: 'memcached',
        location,
        keyPrefix: 'o',
        options: { auth: { ...auth, password: 'another' } },
      },
    })

    const [one, same, other] = describeCaches(caches).map(({ client }) => client)

    expect(same).toBe(one)
    expect(other).not.toBe(one)
  })
})

describe('a login over TLS', () => {
  let certificates: Certificates
  beforeAll(async () => {
    certificates = await makeCertificates()
  })
  afterAll(() => certificates[Symbol.dispose]())

  it('is made behind the handshake', async () => {
    await using encrypted = await startLoginMemcached('app', 's3cret', {
      certificate: certificates.server,
    })
    await using client = openClient({
      servers: `127.0.0.1:${encrypted.port}`,
      auth,
      tls: { ca: certificates.ca.cert },
    })
    const keys = Array.from({ length: 500 }, (_, i) => `k:${i}`)

    await Promise.all(keys.map((name) => client.set(name, Buffer.alloc(1000))))

    expect((await client.getMany(keys)).size).toBe(500)
  })
})
