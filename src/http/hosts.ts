import { optionError } from '../errors.ts'

/** Whether pages of a host may be kept. Asked for hosts in lower case, with a port that is not the scheme's own. */
export type HostRule = (host: string) => boolean

const NAME = /^\.?[a-z\d](?:[a-z\d.-]*[a-z\d])?(?::\d+)?$|^\[[\da-f:.]+\](?::\d+)?$/

/**
 * Makes the function that says which hosts are among `hosts`: by name, and below a name with a dot
 * before it. An empty list: all.
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID`.
 */
export function hostRule(hosts: readonly string[]): HostRule {
  const allowed = 'a list of hosts such as "atlas.example", ".atlas.example" or "localhost:3000"'
  if (!Array.isArray(hosts)) throw optionError('hosts', hosts, allowed)
  const names = hosts.map((host) => {
    const name = typeof host === 'string' ? host.toLowerCase() : ''
    if (!NAME.test(name)) throw optionError('hosts', host, allowed)
    return name
  })
  if (names.length === 0) return () => true
  const exact = new Set(names.map((name) => name.replace(/^\./, '')))
  const above = names.filter((name) => name.startsWith('.'))
  return (host) => exact.has(host) || above.some((name) => host.endsWith(name))
}
