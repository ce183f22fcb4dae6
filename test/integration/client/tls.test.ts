import { once } from 'node:events'
import { type AddressInfo, connect, createServer as createRelay, type Socket } from 'node:net'
import { createServer, type TlsOptions as ServerOptions, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MemcachedClient, MemcachedOptions } from '../../../src/client/index.ts'
import { type Certificates, makeCertificates } from '../../support/certificates.ts'
import { openClient } from '../../support/client.ts'
import { eventually } from '../../support/eventually.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { startTlsMemcached } from '../../support/secured-memcached.ts'

let certificates: Certificates
let plain: MemcachedServer
let secure: MemcachedServer
let strict: MemcachedServer

beforeAll(async () => {
  certificates = await makeCertificates()
  plain = await startMemcached(['-m', '512'])
  secure = await startTlsMemcached(certificates, { args: ['-m', '512'] })
  strict = await startTlsMemcached(certificates, { asksForClients: true })
})

afterAll(async () => {
  await Promise.all([plain.kill(), secure.kill(), strict.kill()])
  certificates[Symbol.dispose]()
})

function client(port: number, options: Omit<MemcachedOptions, 'servers'> = {}): MemcachedClient {
  return openClient({
    servers: `127.0.0.1:${port}`,
    tls: { ca: certificates.ca.cert },
    ...options,
  })
}

describe('TLS', () => {
  it('carries commands, statistics and listings', async () => {
    await using cache = client(secure.port)

    await cache.set('k', 'v')

    expect((await cache.get('k'))?.value.toString()).toBe('v')
    const [version] = await cache.version()
    expect(version?.value).toMatch(/^1\./)
    const keys: string[] = []
    for await (const { key } of cache.keys()) keys.push(key)
    expect(keys).toContain('k')
  })

  it('shows a certificate of its own where the server asks for one', async () => {
    const { ca, client: own } = certificates
    await using cache = client(strict.port, { tls: { ca: ca.cert, cert: own.cert, key: own.key } })

    expect(await cache.set('k', 'v')).toBe(true)
  })

  it('asks for the name that it was given instead of the host', async () => {
    const { ca } = certificates
    await using cache = client(secure.port, { tls: { ca: ca.cert, servername: 'cache.example' } })

    expect(await cache.set('k', 'v')).toBe(true)
  })

  it('asks for the host where it is a name, at each of its addresses', async () => {
    await using cache = openClient({
      servers: `cache.example:${secure.port}`,
      tls: { ca: certificates.ca.cert },
      // Nobody listens at the first.
      lookup: (_, options, callback) => {
        const found = [
          { address: '127.0.0.2', family: 4 },
          { address: '127.0.0.1', family: 4 },
        ]
        if (options.all === true) callback(null, found)
        else callback(null, '127.0.0.1', 4)
      },
    })

    expect(await cache.set('k', 'v')).toBe(true)
  })

  it('takes whatever certificate comes where it is told to', async () => {
    const tls = { ca: certificates.otherCa.cert, rejectUnauthorized: false }
    await using cache = client(secure.port, { tls })

    expect(await cache.set('k', 'v')).toBe(true)
  })
})

describe('a connection over TLS that must not come about', () => {
  const refused: [string, () => MemcachedClient, RegExp][] = [
    ['an authority that nobody trusts', () => client(secure.port, { tls: true }), /certificate/],
    [
      'another authority',
      () => client(secure.port, { tls: { ca: certificates.otherCa.cert } }),
      /unable to verify the first certificate/,
    ],
    [
      'another name',
      () => client(secure.port, { tls: { ca: certificates.ca.cert, servername: 'other.example' } }),
      /other\.example/,
    ],
    ['no certificate of its own', () => client(strict.port), /certificate required/],
    [
      'a certificate of its own that the server does not trust',
      () => {
        const { ca, otherCa } = certificates
        const tls = { ca: ca.cert, cert: otherCa.cert, key: otherCa.key }
        return client(strict.port, { tls })
      },
      /unknown ca/,
    ],
    ['a server without TLS', () => client(plain.port), /over TLS \(.*wrong version number/],
    [
      'no TLS, where the server has it',
      () => client(secure.port, { tls: false }),
      /closed the connection before it answered.*TLS/,
    ],
  ]
  it.each(refused)('fails with %s, and says why', async (_, make, reason) => {
    // A failure that took the whole time would be a timeout, which says nothing.
    await using cache = make()
    const listing = cache.keys()[Symbol.asyncIterator]()

    await expect(cache.get('k')).rejects.toMatchObject({
      code: 'ERR_CONNECTION',
      applied: 'no',
      server: cache.servers[0],
      message: expect.stringMatching(reason),
      cause: expect.objectContaining({ code: 'ERR_CONNECTION' }),
    })
    await expect(listing.next()).rejects.toMatchObject({
      code: 'ERR_CONNECTION',
      message: expect.stringMatching(reason),
    })
  })

  it('fails with a certificate that has expired', async () => {
    await using server = await startTlsMemcached(certificates, {
      certificate: certificates.expired,
    })
    await using cache = client(server.port)

    await expect(cache.get('k')).rejects.toMatchObject({
      code: 'ERR_CONNECTION',
      message: expect.stringContaining('certificate has expired'),
    })
  })

  it('ends within the time to connect where the server never answers the handshake', async () => {
    await using server = await startTlsMemcached(certificates)
    await using cache = client(server.port, { connectTimeoutMs: 200, timeoutMs: 2000 })
    server.pause()

    await expect(cache.get('k')).rejects.toMatchObject({
      code: 'ERR_CONNECTION',
      message: expect.stringContaining('was not ready within 200 ms'),
    })
    server.resume()
  })

  const versions = ['TLSv1.2', 'TLSv1.3'] as const
  it.each(versions)(
    'has told nothing to a server that it does not trust, by %s',
    async (version) => {
      const { cert, key } = certificates.server
      let received = 0
      const options = { cert, key, minVersion: version, maxVersion: version }
      await using listener = await terminator(options, (socket) => {
        socket.on('data', (data) => {
          received += data.length
        })
      })
      await using cache = client(listener.port, {
        tls: { ca: certificates.otherCa.cert },
        auth: { username: 'app', password: 's3cret' },
      })

      await expect(cache.set('k', 'v')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })

      await eventually(() => listener.ended > 0)
      expect(received).toBe(0)
    },
  )
})

describe('batches over TLS', () => {
  // Memcached before 1.6.39 falls asleep over batches whose records are cut as they come.
  it.each([
    [100, 10],
    [1000, 100],
    [1000, 1000],
    [700, 5000],
    [400, 16_384],
    [200, 20_000],
    [50, 100_000],
    [8, 1_000_000],
  ])('are answered to the end: %d values of %d bytes', async (count, size) => {
    await using cache = client(secure.port)
    const keys = Array.from({ length: count }, (_, i) => `${size}:${i}`)
    const value = Buffer.alloc(size, 'x')

    const stored = await Promise.all(keys.map((key) => cache.set(key, value)))
    const found = await cache.getMany(keys)

    expect(stored.every(Boolean)).toBe(true)
    expect(keys.every((key) => found.get(key)?.value.equals(value))).toBe(true)
  })

  it('are answered to the end, however they overlap', async () => {
    await using cache = client(secure.port, { timeoutMs: 5000 })
    const sizes = [3, 100, 1400, 5000, 16_300, 16_384, 40_000, 120_000]
    let state = 7
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return state % below
    }
    const worker = async (name: number): Promise<number> => {
      let wrong = 0
      for (let i = 0; i < 60; i++) {
        const key = `${name}:${i}`
        const value = Buffer.alloc(sizes[random(sizes.length)] ?? 0, key)
        await Promise.all([cache.set(key, value), cache.get(`nothing:${key}`)])
        if ((await cache.get(key))?.value.equals(value) !== true) wrong++
      }
      return wrong
    }

    const wrong = await Promise.all(Array.from({ length: 40 }, (_, name) => worker(name)))

    expect(wrong.every((count) => count === 0)).toBe(true)
  })
})

describe('a reconnect over TLS', () => {
  it.each(['destroy', 'resetAndDestroy'] as const)(
    'takes the session up again after: %s',
    async (cut) => {
      const { cert, key } = certificates.server
      const reused: boolean[] = []
      await using inner = await terminator({ cert, key }, (socket) => {
        reused.push(socket.isSessionReused())
        socket.pipe(connect(plain.port, '127.0.0.1')).pipe(socket)
      })
      const open: Socket[] = []
      const relay = createRelay((socket) => {
        open.push(socket)
        const onward = connect(inner.port, '127.0.0.1').on('error', () => {})
        socket.pipe(onward).pipe(socket)
      }).listen(0, '127.0.0.1')
      await once(relay, 'listening')
      await using cache = client((relay.address() as AddressInfo).port)

      await cache.set('k', 'v')
      for (const socket of open) socket[cut]()
      await eventually(async () => (await cache.get('k').catch(() => undefined)) !== undefined)

      expect(reused).toEqual([false, true])
      relay.close()
    },
  )

  it('makes a new one with a server that knows the last one no more', async () => {
    await using server = await startTlsMemcached(certificates)
    await using cache = client(server.port)
    await cache.set('k', 'v')
    await server.kill()
    await using _again = await startTlsMemcached(certificates, { port: server.port })

    await eventually(async () => (await cache.set('k', 'v').catch(() => false)) === true)
  })
})

interface Terminator extends AsyncDisposable {
  readonly port: number
  /** Connections that have come and gone. */
  readonly ended: number
}

/** Listens for TLS, and leaves what is said to `accept`. */
async function terminator(
  options: ServerOptions,
  accept: (socket: TLSSocket) => void,
): Promise<Terminator> {
  const server = createServer(options, (socket) => {
    socket.on('error', () => {})
    accept(socket)
  })
  server.on('tlsClientError', () => {})
  let ended = 0
  server.on('connection', (socket: Socket) => socket.on('close', () => ended++))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get ended() {
      return ended
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.unref()
    },
  }
}
