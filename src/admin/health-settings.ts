import type { Finding, Severity } from './api/health.ts'
import type { Detail } from './detail.ts'
import type { HealthSettings } from './health.ts'

/** What the client was measured with; older ones lack parts of the meta protocol. */
const OLDEST = [1, 6, 18] as const

const LOOPBACK = /^(?:127\.|localhost$|\[?::1\]?$)/
const PRIVATE =
  /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|f[cd][0-9a-f]{2}:|fe80:)/i

/** How a server is exposed, and what it may not do. */
export function settingsFindings(
  server: string,
  version: string | null,
  settings: HealthSettings | undefined,
  detail: Detail | undefined,
): Finding[] {
  const found: Finding[] = []
  const say = (id: string, severity: Severity, sentence: string, advice: string): void => {
    found.push({ id, severity, server, alias: null, sentence, advice })
  }
  if (version !== null && isOlder(version)) {
    say(
      'version-old',
      'critical',
      `${server} is memcached ${version}: this package needs ${OLDEST.join('.')} or later.`,
      'Update it. Leases and stale windows rest on the meta commands.',
    )
  }
  if (settings === undefined) return found
  if ((settings.udpport ?? 0) !== 0) {
    say(
      'udp-open',
      'critical',
      `${server} listens on UDP port ${settings.udpport}: it can be used to flood others (CVE-2018-1000115).`,
      'Start it with `-U 0`.',
    )
  }
  const auth = settings.auth_enabled_sasl === true || settings.auth_enabled_ascii === true
  const reach = reachOf(settings)
  if (reach !== 'itself' && !auth) {
    const where = reach === 'all' ? 'on every address of its machine' : `on ${settings.inter}`
    say(
      'exposed',
      reach === 'network' ? 'info' : 'warning',
      `${server} listens ${where} and asks nobody who they are: who reaches it reads and changes everything.`,
      'Bind it to a private address with `-l`, put a firewall in front, or start it with `-Y` and TLS.',
    )
  }
  if (settings.evictions === false) {
    say(
      'evictions-off',
      'warning',
      `${server} refuses to store once it is full, instead of evicting.`,
      'Start it without `-M`.',
    )
  }
  if (settings.dump_enabled === false) {
    say(
      'dump-off',
      'info',
      `${server} does not list its keys (-X).`,
      'The key browser, deleting by prefix and `clear()` do not work there.',
    )
  }
  if (settings.flush_enabled === false) {
    say('flush-off', 'info', `${server} refuses to be emptied (-F).`, 'Restart it to empty it.')
  }
  const rejected = detail?.general.rejected_connections ?? 0
  if (rejected > 0) {
    say(
      'rejected-before',
      'info',
      `${server} turned away ${rejected} connections since it was started.`,
      'Start it with a higher -c.',
    )
  }
  return found
}

function reachOf({ inter, tcpport }: HealthSettings): 'itself' | 'network' | 'public' | 'all' {
  // 0: it listens on a socket of the file system only.
  if (tcpport === 0) return 'itself'
  const first = inter?.split(',')[0]?.trim() ?? ''
  if (first === '' || first === '0.0.0.0' || first === '::' || first === '*') return 'all'
  if (LOOPBACK.test(first)) return 'itself'
  return PRIVATE.test(first) ? 'network' : 'public'
}

function isOlder(version: string): boolean {
  const parts = /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number)
  if (parts === undefined) return false
  for (const [i, least] of OLDEST.entries()) {
    const part = parts[i] ?? 0
    if (part !== least) return part < least
  }
  return false
}
