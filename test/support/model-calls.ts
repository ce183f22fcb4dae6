import fc from 'fast-check'
import { expect } from 'vitest'
import type { CasToken, MemcachedClient } from '../../src/client/index.ts'
import type { Seconds } from '../../src/units.ts'
import type { ItemModel } from './item-model.ts'

/** Plain, base64, hashed; the last is the base64 form of the second. */
export const KEYS = ['a', 'b c', 'é', 'x'.repeat(300), 'YiBj']

export interface Real {
  readonly client: MemcachedClient
  readonly tokens: Map<string, CasToken>
}

/** One call, and what a map makes of it. */
class Call implements fc.AsyncCommand<ItemModel, Real> {
  readonly #name: string
  readonly #ask: (real: Real) => Promise<unknown>
  readonly #predict: (model: ItemModel) => unknown

  constructor(
    name: string,
    ask: (real: Real) => Promise<unknown>,
    predict: (model: ItemModel) => unknown,
  ) {
    this.#name = name
    this.#ask = ask
    this.#predict = predict
  }

  check(): boolean {
    return true
  }

  async run(model: ItemModel, real: Real): Promise<void> {
    const answer = await this.#ask(real)
    expect(answer, this.#name).toEqual(this.#predict(model))
  }

  toString(): string {
    return this.#name
  }
}

const key = fc.constantFrom(...KEYS)
const keys = fc.uniqueArray(key, { minLength: 1 })
const value = fc.oneof(
  fc.nat(1000).map(String),
  fc.constantFrom('', '0', '9', '99', '18446744073709551615', 'text', '\r\nEN\r\n', '😀'),
)
const options = fc.record(
  {
    ttl: fc.constantFrom<Seconds>(60, 59.5, 3_000_000, Infinity, 0, -1),
    flags: fc.constantFrom(0, 7, 0xffff_ffff),
  },
  { requiredKeys: [] },
)
const ttl = fc.constantFrom<Seconds>(60, 100, Infinity, 0)

/** Every call of the everyday API that names a key. */
export const calls: fc.Arbitrary<fc.AsyncCommand<ItemModel, Real>>[] = [
  key.map(
    (k) =>
      new Call(
        `get ${k}`,
        (real) => shownGet(real, k),
        (model) => model.get(k),
      ),
  ),
  key.map(
    (k) =>
      new Call(
        `gets ${k}`,
        (real) => shownGets(real, k),
        (model) => model.gets(k),
      ),
  ),
  fc.tuple(key, ttl).map(
    ([k, t]) =>
      new Call(
        `gat ${k} ${t}`,
        async ({ client }) => shown(await client.gat(k, t)),
        (model) => model.gat(k, t),
      ),
  ),
  keys.map(
    (ks) =>
      new Call(
        `getMany ${ks}`,
        async ({ client }) => {
          const items = await client.getMany(ks)
          return new Map(Array.from(items, ([k, item]) => [k, shown(item)]))
        },
        (model) => {
          const all = ks.map((k) => [k, model.get(k)] as const)
          return new Map(all.filter(([, item]) => item !== undefined))
        },
      ),
  ),
  fc.tuple(fc.constantFrom('set', 'add', 'replace'), key, value, options).map(
    ([mode, k, v, o]) =>
      new Call(
        `${mode} ${k} ${JSON.stringify(v)} ${JSON.stringify(o)}`,
        ({ client }) => client[mode](k, v, o),
        (model) => model.store(mode, k, v, o),
      ),
  ),
  fc.tuple(fc.constantFrom('append', 'prepend'), key, value).map(
    ([mode, k, v]) =>
      new Call(
        `${mode} ${k} ${JSON.stringify(v)}`,
        ({ client }) => client[mode](k, v),
        (model) => model.extend(mode, k, v),
      ),
  ),
  fc.tuple(key, value, options).map(
    ([k, v, o]) =>
      new Call(
        `cas ${k} ${JSON.stringify(v)}`,
        ({ client, tokens }) => {
          const token = tokens.get(k)
          return token === undefined ? Promise.resolve('no token') : client.cas(k, v, token, o)
        },
        (model) => model.cas(k, v, o),
      ),
  ),
  key.map(
    (k) =>
      new Call(
        `delete ${k}`,
        ({ client }) => client.delete(k),
        (model) => model.delete(k),
      ),
  ),
  fc.tuple(key, ttl).map(
    ([k, t]) =>
      new Call(
        `touch ${k} ${t}`,
        ({ client }) => client.touch(k, t),
        (model) => model.touch(k, t),
      ),
  ),
  fc
    .tuple(
      fc.constantFrom('incr', 'decr'),
      key,
      fc.constantFrom(0n, 1n, 7n, 100n),
      fc.constantFrom(undefined, 0n, 99n),
    )
    .map(
      ([mode, k, by, initial]) =>
        new Call(
          `${mode} ${k} ${by} ${initial}`,
          ({ client }) =>
            client[mode](k, by, { initial, ttl: 60 }).catch(({ code }: { code: string }) => code),
          (model) => model.count(mode, k, by, initial, 60),
        ),
    ),
  fc.tuple(keys, value, options).map(
    ([ks, v, o]) =>
      new Call(
        `setMany ${ks} ${JSON.stringify(v)} ${JSON.stringify(o)}`,
        ({ client }) => client.setMany(new Map(ks.map((k) => [k, v])), o),
        (model) => ks.filter((k) => !model.store('set', k, v, o)),
      ),
  ),
  keys.map(
    (ks) =>
      new Call(
        `deleteMany ${ks}`,
        ({ client }) => client.deleteMany(ks),
        (model) => ks.filter((k) => model.delete(k)).length,
      ),
  ),
  fc.tuple(keys, ttl).map(
    ([ks, t]) =>
      new Call(
        `touchMany ${ks} ${t}`,
        ({ client }) => client.touchMany(ks, t),
        (model) => ks.filter((k) => model.touch(k, t)).length,
      ),
  ),
]

async function shownGet({ client: asked }: Real, k: string): Promise<unknown> {
  return shown(await asked.get(k))
}

async function shownGets({ client: asked, tokens }: Real, k: string): Promise<unknown> {
  const item = await asked.gets(k)
  if (item === undefined) tokens.delete(k)
  else tokens.set(k, item.cas)
  return shown(item)
}

function shown(item: { value: Buffer; flags: number } | undefined): unknown {
  return item === undefined ? undefined : [item.value.toString(), item.flags]
}
