import { hostAddress, type ServerAddress } from '../../net/address.ts'
import type { DnsDiscovery, DnsResolver } from './discovery-options.ts'

/** The servers that a name stands for; none where it does not exist. Rejects as the resolver does. */
export async function discoverDns({
  name,
  records,
  port,
  resolver,
}: Required<DnsDiscovery>): Promise<ServerAddress[]> {
  if (records === 'SRV') return ofServices(resolver, name)
  const addresses = await addressesOf(resolver, name, records)
  return addresses.map((address) => hostAddress(address, port))
}

async function addressesOf(
  resolver: DnsResolver,
  name: string,
  records: 'address' | 'A' | 'AAAA' | 'A+AAAA',
): Promise<readonly string[]> {
  const v4 = (): Promise<readonly string[]> => orNone(resolver.resolve4(name))
  const v6 = (): Promise<readonly string[]> => orNone(resolver.resolve6(name))
  switch (records) {
    case 'A':
      return v4()
    case 'AAAA':
      return v6()
    case 'A+AAAA':
      // Both or neither: half of the servers would look as if the others were gone.
      return (await Promise.all([v4(), v6()])).flat()
    case 'address': {
      const found = await v4()
      return found.length > 0 ? found : v6()
    }
    default:
      return records satisfies never
  }
}

async function ofServices(resolver: DnsResolver, name: string): Promise<ServerAddress[]> {
  const services = await orNone(resolver.resolveSrv(name))
  // RFC 2782: the lowest priority that is there; a target of "." means that there is no service.
  const named = services.filter((service) => service.name !== '' && service.name !== '.')
  const best = Math.min(...named.map(({ priority }) => priority))
  return named
    .filter(({ priority }) => priority === best)
    .map(({ name: host, port, weight }) => {
      // A weight of 0 is "a very small chance" there, and no server here can have none.
      return hostAddress(host.replace(/\.$/, ''), port, Math.max(1, weight))
    })
}

/** That a name has no such record is an answer; anything else may be different the next time. */
async function orNone<T>(asked: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await asked
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (code === 'ENOTFOUND' || code === 'ENODATA') return []
    throw error
  }
}
