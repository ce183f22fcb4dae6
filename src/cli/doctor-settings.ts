import { setImmediate } from 'node:timers/promises'
import { describeCaches } from '../caches.ts'
import { MEMCACHED_DEFAULTS, type MemcachedClient } from '../client/index.ts'
import { CacheError } from '../errors.ts'
import type { Demands } from './checkup.ts'
import { type Finding, Findings } from './finding.ts'
import { reasonOf } from './reason.ts'
import type { Target } from './target.ts'
import { SettingsError } from './usage.ts'

export interface ExaminedSettings {
  /** `undefined`: with these settings there are no caches. */
  readonly target: Target | undefined
  readonly file: string | undefined
  readonly findings: readonly Finding[]
}

/** Opens the caches, and collects what is wrong with their settings or was warned of. */
export async function settingsFindings(open: () => Promise<Target>): Promise<ExaminedSettings> {
  const found = new Findings('settings')
  const heard = (warning: Error): void => {
    const code = 'code' in warning ? String(warning.code) : ''
    if (code.startsWith('REPRISE_')) {
      found.advice(code, warning.message, `See ${code} in docs/advisor.md.`)
    }
  }
  process.on('warning', heard)
  try {
    const target = await open()
    // Warnings come with the next turn.
    await setImmediate()
    void target.clients
    return { target, file: target.found.file, findings: found.all }
  } catch (error) {
    if (!CacheError.is(error) && !(error instanceof SettingsError)) throw error
    found.problem(
      'settings-wrong',
      reasonOf(error),
      'Correct it: an application with these settings does not start.',
    )
    return { target: undefined, file: undefined, findings: found.all }
  } finally {
    process.off('warning', heard)
  }
}

/** What the aliases of each client ask of its servers. */
export function demandsOn({ caches, found }: Target): (client: MemcachedClient) => Demands {
  const described = describeCaches(caches)
  return (client) => {
    const here = described.filter((one) => sameServers(one.client, client))
    const ttls = here.map(({ ttl }) => ttl).filter((ttl) => ttl !== Infinity && ttl > 0)
    const limits = here.map(({ alias }) => valueLimit(found.settings[alias]))
    return {
      ttl: ttls.length === 0 ? undefined : Math.max(...ttls),
      maxValueBytes: Math.max(0, ...limits),
    }
  }
}

function sameServers(one: MemcachedClient | undefined, other: MemcachedClient): boolean {
  if (one === undefined) return false
  return one === other || [...one.servers].sort().join() === [...other.servers].sort().join()
}

/** What is split over several items has no limit of one. */
function valueLimit(setting: unknown): number {
  const options: unknown =
    typeof setting === 'object' && setting !== null && 'options' in setting
      ? setting.options
      : undefined
  if (typeof options !== 'object' || options === null) return MEMCACHED_DEFAULTS.maxValueBytes
  if ('chunked' in options && options.chunked === true) return 0
  const limit = 'maxValueBytes' in options ? options.maxValueBytes : undefined
  return typeof limit === 'number' ? limit : MEMCACHED_DEFAULTS.maxValueBytes
}
