import type { Seconds } from '../../src/units.ts'

interface ModelItem {
  value: string
  flags: number
  ttl: Seconds
  /** Another one with every change of the value. */
  version: number
}

interface Options {
  readonly ttl?: Seconds | undefined
  readonly flags?: number | undefined
}

// The client's own default.
const DEFAULT_TTL: Seconds = 300
const U64 = 2n ** 64n
// What `strtoull` reads, and what the server lets follow it. Source: memcached 1.6.18 util.c.
const NUMBER = /^(\d+)(?:[ \t\r\n].*)?$/s

/** What memcached promises, as a map: no sockets, no time. */
export class ItemModel {
  readonly #items = new Map<string, ModelItem>()
  /** Of what `gets` read last. */
  readonly #tokens = new Map<string, number>()
  #versions = 0

  get(key: string): unknown {
    const item = this.#items.get(key)
    return item === undefined ? undefined : [item.value, item.flags]
  }

  gets(key: string): unknown {
    const item = this.#items.get(key)
    if (item === undefined) this.#tokens.delete(key)
    else this.#tokens.set(key, item.version)
    return this.get(key)
  }

  gat(key: string, ttl: Seconds): unknown {
    const item = this.get(key)
    this.touch(key, ttl)
    return item
  }

  store(mode: 'set' | 'add' | 'replace', key: string, value: string, options: Options): boolean {
    if (mode !== 'set' && this.#items.has(key) !== (mode === 'replace')) return false
    this.#put(key, value, options)
    return true
  }

  cas(key: string, value: string, options: Options): string {
    const token = this.#tokens.get(key)
    if (token === undefined) return 'no token'
    const item = this.#items.get(key)
    if (item?.version !== token) return item === undefined ? 'missing' : 'exists'
    this.#put(key, value, options)
    return 'stored'
  }

  extend(mode: 'append' | 'prepend', key: string, value: string): boolean {
    const item = this.#items.get(key)
    if (item === undefined) return false
    this.#change(item, mode === 'append' ? item.value + value : value + item.value)
    return true
  }

  delete(key: string): boolean {
    return this.#items.delete(key)
  }

  touch(key: string, ttl: Seconds): boolean {
    const item = this.#items.get(key)
    if (item === undefined) return false
    item.ttl = ttl
    if (ttl <= 0) this.#items.delete(key)
    return true
  }

  count(
    mode: 'incr' | 'decr',
    key: string,
    by: bigint,
    initial: bigint | undefined,
    ttl: Seconds,
  ): unknown {
    const item = this.#items.get(key)
    if (item === undefined) {
      if (initial !== undefined) this.#put(key, String(initial), { ttl })
      return initial
    }
    const [, digits] = NUMBER.exec(item.value) ?? []
    if (digits === undefined || BigInt(digits) >= U64) return 'ERR_NOT_A_NUMBER'
    const next = this.#counted(mode, BigInt(digits), by)
    // The server keeps the length of a number that gets shorter, and pads it with spaces.
    this.#change(item, String(next).padEnd(Buffer.byteLength(item.value)))
    return next
  }

  /** Of what is stored; `undefined`: nothing is. */
  ttl(key: string): Seconds | undefined {
    return this.#items.get(key)?.ttl
  }

  #counted(mode: 'incr' | 'decr', number: bigint, by: bigint): bigint {
    if (mode === 'incr') return (number + by) % U64
    return number > by ? number - by : 0n
  }

  #put(key: string, value: string, { ttl = DEFAULT_TTL, flags = 0 }: Options): void {
    this.#items.set(key, { value, flags, ttl: Math.ceil(ttl), version: ++this.#versions })
    if (ttl <= 0) this.#items.delete(key)
  }

  #change(item: ModelItem, value: string): void {
    item.value = value
    item.version = ++this.#versions
  }
}
