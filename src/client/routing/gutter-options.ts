import { checkOptions, optionError } from '../../errors.ts'
import { parseServers, type ServerAddress, type ServerEntry } from '../../net/address.ts'
import type { Seconds } from '../../units.ts'

/** Which servers take the keys of one that is out, and for how long. */
export interface GutterOptions {
  /** As a client's `servers`, and none of them; a few are enough. They have its `tls` and `auth`. */
  readonly servers: string | readonly ServerEntry[]
  /**
   * The longest lifetime of anything there, in whole seconds: so old may be what is read there. Above
   * the longest computation, or what was computed finds its lease gone.
   *
   * @default 10
   */
  readonly ttl?: Seconds | undefined
}

/** {@link GutterOptions} with the holes filled and the servers parsed. */
export interface ResolvedGutter {
  readonly servers: readonly ServerAddress[]
  readonly ttl: Seconds
}

/** What a gutter uses where its options are silent. */
export const GUTTER_DEFAULTS: { readonly ttl: Seconds } = Object.freeze({ ttl: 10 })

// Longer ones are points in time on the wire.
const MAX_TTL: Seconds = 2_592_000

/** `servers` are the client's own: none where they are discovered. */
export function resolveGutter(
  gutter: GutterOptions | undefined,
  servers: readonly ServerAddress[],
): ResolvedGutter | undefined {
  if (gutter === undefined) return undefined
  checkOptions('`gutter`', gutter, ['servers', 'ttl'])
  const ttl = gutter.ttl ?? GUTTER_DEFAULTS.ttl
  if (!(Number.isInteger(ttl) && ttl >= 1 && ttl <= MAX_TTL)) {
    throw optionError('gutter.ttl', ttl, `whole seconds from 1 to ${MAX_TTL}`)
  }
  const spare = parseServers(gutter.servers, 'gutter.servers')
  const both = spare.find(({ name }) => servers.some((server) => server.name === name))
  if (both === undefined) return { servers: spare, ttl }
  throw optionError('gutter.servers', both.name, "none of the client's `servers`")
}
