import { describe, expect, it } from 'vitest'
import { mergeSettings, type PlaceFlags } from '../../../src/cli/settings.ts'

const NO_FLAGS: PlaceFlags = {
  alias: 'default',
  servers: undefined,
  keyPrefix: undefined,
  keyVersion: undefined,
}

describe('mergeSettings', () => {
  it('asks this machine where nothing names a server', () => {
    expect(merge({})).toEqual({ default: { backend: 'memcached', location: '127.0.0.1:11211' } })
  })

  it('takes each field from the first source that has it', () => {
    const file = {
      default: {
        backend: 'memcached',
        location: 'file:1',
        keyPrefix: 'file',
        ttl: 7,
        version: 3,
        options: { timeoutMs: 70, maxPending: 7 },
      },
    }
    const env = { CACHE_URL: 'memcached://url:1?keyPrefix=url&timeoutMs=80', MEMCACHE_SERVERS: 'x' }

    expect(merge({ file, env, flags: { servers: 'flag:1', keyVersion: '9' } }).default).toEqual({
      backend: 'memcached',
      location: 'flag:1',
      keyPrefix: 'url',
      ttl: 7,
      version: 9,
      options: { timeoutMs: 80, maxPending: 7 },
    })
  })

  it.each([
    [{ CACHE_URL: 'memcached://url:1', MEMCACHE_SERVERS: 'list:1' }, 'url:1'],
    [{ CACHE_URL: 'memcached://?ttl=5', MEMCACHE_SERVERS: 'list:1' }, 'list:1'],
    [{ MEMCACHE_SERVERS: 'list:1,list:2' }, 'list:1,list:2'],
    [{ CACHE_URL: '', MEMCACHE_SERVERS: '' }, '127.0.0.1:11211'],
  ])('with %j asks %s', (env, location) => {
    expect(merge({ env }).default).toMatchObject({ backend: 'memcached', location })
  })

  it('prefers the environment to the file, for the alias default alone', () => {
    const file = { default: 'memcached://a?keyPrefix=p', pages: 'memcached://b' }

    const merged = merge({ file, env: { MEMCACHE_SERVERS: 'c' } })

    expect(merged.default).toMatchObject({ location: 'c', keyPrefix: 'p' })
    expect(merged.pages).toMatchObject({ location: 'b' })
  })

  it('is about the alias that is asked for', () => {
    const file = { default: 'memcached://a', pages: 'memcached://b?keyPrefix=p' }

    const merged = merge({ file, flags: { alias: 'pages', servers: 'c', keyPrefix: 'q' } })

    expect(merged.default).toMatchObject({ location: 'a' })
    expect(merged.pages).toMatchObject({ location: 'c', keyPrefix: 'q' })
  })

  it('keeps what a login needs where other servers are named', () => {
    const env = { CACHE_URL: 'memcacheds://me:word@a' }

    expect(merge({ env, flags: { servers: 'b' } }).default).toMatchObject({
      location: 'b',
      options: { tls: true, auth: { username: 'me', password: 'word' } },
    })
  })

  it('drops options of a backend that it is not any more', () => {
    const file = {
      default: { backend: 'memory', location: 'm', options: { maxBytes: '1mb' }, ttl: 5 },
    }

    expect(merge({ file, env: { CACHE_URL: 'memcached://a' } }).default).toEqual({
      backend: 'memcached',
      location: 'a',
      options: {},
      ttl: 5,
    })
    expect(merge({ file, flags: { servers: 'a' } }).default).toEqual({
      backend: 'memcached',
      location: 'a',
      ttl: 5,
    })
  })

  it('drops the discovery where servers are named', () => {
    const options = { discovery: 'dns:cache:11211', timeoutMs: 9 }

    expect(
      merge({ file: { default: { backend: 'memcached', options } }, flags: { servers: 'a' } })
        .default,
    ).toEqual({ backend: 'memcached', location: 'a', options: { timeoutMs: 9 } })
  })

  it('refuses a password on the command line, without repeating it', () => {
    const refused = (): unknown => merge({ flags: { servers: 'me:s3cret@host' } })

    expect(refused).toThrow('A password does not belong into --servers')
    expect(refused).not.toThrow('s3cret')
  })

  it('takes a path with an @ for a path', () => {
    const { default: usual } = merge({ flags: { servers: '/run/a@b.sock' } })

    expect(usual).toMatchObject({ location: '/run/a@b.sock' })
  })

  it.each([
    [{ flags: { alias: 'nope' } }, 'There is no alias nope: it must be one of default.'],
    [{ file: { default: 5 } }, 'The settings of the alias default must be an object or a URL.'],
    [{ file: { default: 'mem' } }, '`default` is "mem": it must be a cache URL'],
    [{ env: { CACHE_URL: 'nope://' } }, '`CACHE_URL` is "nope://…": it must be a cache URL'],
  ])('refuses %j', (sources, message) => {
    expect(() => merge(sources)).toThrow(message)
  })
})

interface Sources {
  readonly file?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
  readonly flags?: Partial<PlaceFlags>
}

function merge({ file, env = {}, flags = {} }: Sources) {
  return mergeSettings({ file, env, flags: { ...NO_FLAGS, ...flags } })
}
