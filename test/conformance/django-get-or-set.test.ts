import { expect } from 'vitest'
import { type Backend, Cache } from '../../src/index.ts'
import { onEachRig } from '../support/rigs.ts'

onEachRig(({ it, name }) => {
  it('51, 52: stores what the function gives, null too, and calls it once', async ({ open }) => {
    const cache = open()
    let calls = 0
    const compute = async () => {
      calls++
      return 'value'
    }

    expect(await cache.getOrSet('projector', compute)).toBe('value')
    expect(await cache.getOrSet('projector', compute)).toBe('value')
    expect(await cache.get('projector')).toBe('value')
    expect(calls).toBe(1)
    expect(await cache.getOrSet('null', () => null)).toBeNull()
    expect(await cache.get('null', { default: 'missing' })).toBeNull()
  })

  it('51: takes a function only, where Django takes the value as well', async ({ open }) => {
    const misuse = open().getOrSet('brian', 1979 as never)

    await expect(misuse).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
  })

  it('53: honours the version and needs the function', async ({ open }) => {
    const cache = open()
    const misuse = cache.getOrSet as unknown as (key: string) => Promise<unknown>

    expect(await cache.getOrSet('brian', () => 1979, { version: 2 })).toBe(1979)
    await expect(misuse.call(cache, 'brian')).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    expect(await cache.get('brian')).toBeUndefined()
    expect(await cache.get('brian', { version: 2 })).toBe(1979)
  })

  it('54: returns what it computed though another value came first', async ({ open }) => {
    const cache = open()
    const value = await cache.getOrSet('key', async () => {
      await cache.set('key', 'first')
      return 'default'
    })

    expect(value).toBe('default')
    expect(await cache.get('key')).toBe('first')
  })

  it('55, 56, 57: makes one call of the backend for many keys', async ({ backend, clock }) => {
    const { counted, calls } = count(backend)
    const cache = new Cache(counted, { keyPrefix: 'many', clock, sharesBackend: true })
    await cache.setMany({ key1: 'spam', key2: 'eggs', key3: 'ham' })
    await cache.getMany(['key1', 'key2', 'key3', 'key4'])
    await cache.deleteMany(['key1', 'key2', 'key3'])

    expect(calls).toEqual(['setMany', 'getMany', 'deleteMany'])
  })

  it('58, 59, 60, 61, 62: makes as few calls of the backend as can be', async ({
    backend,
    clock,
  }) => {
    const { counted, calls } = count(backend)
    const cache = new Cache(counted, { keyPrefix: 'one', clock })
    const callsOf = async (run: () => Promise<unknown>) => {
      calls.length = 0
      await run()
      return [...calls]
    }

    expect(await callsOf(() => cache.getOrSet('n', () => 1))).toEqual(['lease', 'fill'])
    expect(await callsOf(() => cache.getOrSet('n', () => 1))).toEqual(
      name === 'memory' ? [] : ['lease'],
    )
    expect(await callsOf(() => cache.has('n'))).toEqual(['get'])
    expect(await callsOf(() => cache.incr('n'))).toEqual(['incr'])
    expect(await callsOf(() => cache.incrVersion('n'))).toEqual(['get', 'set', 'delete'])
    expect(await callsOf(() => cache.close())).toEqual(['asyncDispose'])
  })
})

/** The same backend, with a list of the calls that were made of it. */
function count(backend: Backend): { counted: Backend; calls: string[] } {
  const calls: string[] = []
  const counted = new Proxy(backend, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property)
      if (typeof member !== 'function') return member
      return (...parameters: unknown[]): unknown => {
        // What is within the process is looked at for nothing.
        if (property !== 'peek' && property !== 'peekAt') {
          calls.push(typeof property === 'symbol' ? 'asyncDispose' : property)
        }
        return member.apply(target, parameters)
      }
    },
  })
  return { counted, calls }
}
