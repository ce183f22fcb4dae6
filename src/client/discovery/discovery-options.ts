import { Resolver } from 'node:dns/promises'
import { checkOptions, optionError } from '../../errors.ts'
import { DEFAULT_PORT, parseServer, type ServerAddress } from '../../net/address.ts'
import type { Milliseconds } from '../../units.ts'

/** Where a client learns its servers from, instead of a list. */
export type DiscoveryOptions = DnsDiscovery | ElastiCacheDiscovery

/** Which records name the servers. */
export type DnsRecords = 'address' | 'A' | 'AAAA' | 'A+AAAA' | 'SRV'

/** Servers are what a name stands for in DNS, such as a headless service of Kubernetes. */
export interface DnsDiscovery extends DiscoveryTiming {
  readonly kind: 'dns'
  readonly name: string
  /**
   * `'address'`: the A records, or the AAAA records of a name without any, so that a host with both
   * is one server and not two. `'SRV'`: host, port and weight of the records with the best priority.
   *
   * @default 'address'
   */
  readonly records?: DnsRecords
  /**
   * Of the servers; SRV records have their own.
   *
   * @default 11211
   */
  readonly port?: number
  /** Default: a `Resolver` of `node:dns/promises`, which reads no hosts file. */
  readonly resolver?: DnsResolver
}

/** Servers are the nodes of an Amazon ElastiCache cluster, by their host names. */
export interface ElastiCacheDiscovery extends DiscoveryTiming {
  readonly kind: 'elasticache'
  /** The configuration endpoint, `host` or `host:port`. */
  readonly endpoint: string
}

export interface DiscoveryTiming {
  /**
   * Between two looks; each is up to a tenth sooner or later. A server that fails is looked up
   * again at once, though no more often than every 5 seconds.
   *
   * @default 60000
   */
  readonly intervalMs?: Milliseconds
}

/** What of `node:dns/promises` is used. */
export interface DnsResolver {
  resolve4(name: string): Promise<readonly string[]>
  resolve6(name: string): Promise<readonly string[]>
  resolveSrv(name: string): Promise<
    readonly {
      readonly name: string
      readonly port: number
      readonly priority: number
      readonly weight: number
    }[]
  >
  /** Ends the questions that are open. */
  cancel?(): void
}

/** {@link DiscoveryOptions} with the holes filled and the endpoint parsed. */
export type ResolvedDiscovery =
  | (Required<DnsDiscovery> & { readonly shown: string })
  | {
      readonly kind: 'elasticache'
      readonly endpoint: ServerAddress
      readonly intervalMs: Milliseconds
      readonly shown: string
    }

/** What discovery uses where its options are silent. */
export const DISCOVERY_DEFAULTS: Readonly<
  Required<Pick<DnsDiscovery, 'records' | 'port' | 'intervalMs'>>
> = Object.freeze({ records: 'address', port: DEFAULT_PORT, intervalMs: 60_000 })

const RECORDS: readonly DnsRecords[] = ['address', 'A', 'AAAA', 'A+AAAA', 'SRV']
const TEXT = /^(dns|srv|elasticache):([^*]+)$/
const FORMS = "'dns:name:port', 'srv:name', 'elasticache:host:port' or an object with `kind`"
const MIN_INTERVAL: Milliseconds = 10
// Node's timers take a signed 32-bit number.
const MAX_INTERVAL: Milliseconds = 2 ** 31 - 1
const NAME = /^[\w.-]+$/

/** Reads either form and checks it. */
export function resolveDiscovery(given: DiscoveryOptions | string): ResolvedDiscovery {
  const options = typeof given === 'string' ? fromText(given) : given
  switch (options?.kind) {
    case 'dns':
      return resolveDns(options)
    case 'elasticache': {
      checkOptions('`discovery`', options, ['kind', 'endpoint', 'intervalMs'])
      const endpoint = parseServer(options.endpoint, 'endpoint')
      if (!('host' in endpoint.target)) throw optionError('endpoint', endpoint.name, 'a host')
      const shown = `elasticache:${endpoint.name}`
      return { kind: 'elasticache', endpoint, intervalMs: checkInterval(options), shown }
    }
    default:
      throw optionError('discovery', (options as { kind?: unknown } | null)?.kind ?? given, FORMS)
  }
}

function resolveDns(options: DnsDiscovery): ResolvedDiscovery {
  const names = ['kind', 'name', 'records', 'port', 'resolver', 'intervalMs']
  checkOptions('`discovery`', options, names)
  const { records = DISCOVERY_DEFAULTS.records, port = DISCOVERY_DEFAULTS.port } = options
  const { name, resolver = new Resolver() } = options
  if (typeof name !== 'string' || !NAME.test(name)) throw optionError('name', name, 'a DNS name')
  if (!RECORDS.includes(records)) {
    throw optionError('records', records, `one of ${RECORDS.join(', ')}`)
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw optionError('port', port, 'a port from 1 to 65535')
  }
  const shown = `${records === 'SRV' ? 'srv' : 'dns'}:${name}`
  const intervalMs = checkInterval(options)
  return { kind: 'dns', name, records, port, resolver, intervalMs, shown }
}

function fromText(text: string): DiscoveryOptions {
  const [, kind, place = ''] = TEXT.exec(text) ?? []
  if (kind === 'elasticache') return { kind, endpoint: place }
  if (kind === 'srv') return { kind: 'dns', name: place, records: 'SRV' }
  if (kind !== 'dns') throw optionError('discovery', text, FORMS)
  const { target } = parseServer(place, 'discovery')
  if (!('host' in target)) throw optionError('discovery', text, FORMS)
  return { kind, name: target.host, port: target.port }
}

function checkInterval({ intervalMs = DISCOVERY_DEFAULTS.intervalMs }: DiscoveryTiming): number {
  if (intervalMs >= MIN_INTERVAL && intervalMs <= MAX_INTERVAL) return intervalMs
  throw optionError('intervalMs', intervalMs, `from ${MIN_INTERVAL} to ${MAX_INTERVAL}`)
}
