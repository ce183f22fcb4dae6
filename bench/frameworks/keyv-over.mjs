import KeyvMemcache from '@keyv/memcache'
import { createKeyv } from '@keyv/redis'
import { Keyv } from 'keyv'

/** A Keyv over a server, as the documentation of each store makes one. */
export function keyvOver(store, [server]) {
  const keyv =
    store === 'redis'
      ? createKeyv(`redis://${server}`)
      : new Keyv({ store: new KeyvMemcache(server, { timeout: 10 }) })
  keyv.on('error', (error) => {
    throw error
  })
  return keyv
}
