import Keyv from 'keyv'
import { KeyvBackend, type KeyvBackendOptions } from '../../src/backends/keyv.ts'
import type { Entry, Storable } from '../../src/cache/backend.ts'
import { FakeClock } from '../../src/testing/index.ts'

/** A backend over a Keyv over a map. */
export function keyvScene(
  options: KeyvBackendOptions = {},
  map = new Map<string, unknown>(),
  clock = new FakeClock(),
  keyvOptions: { readonly ttl?: number } = {},
) {
  const keyv = new Keyv({ store: map, ...keyvOptions })
  return {
    clock,
    map,
    keyv,
    backend: new KeyvBackend(keyv, { clock, ...options }),
    entry: (value: Storable, times: { ttl?: number; staleFor?: number } = {}): Entry => {
      return { value, createdAtMs: clock.now(), ttl: 60, staleFor: 0, ...times }
    },
  }
}
