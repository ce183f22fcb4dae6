import { type Clock, systemClock } from '../clock.ts'
import { checkOptions, optionError } from '../errors.ts'
import type { Milliseconds } from '../units.ts'
import type { Authorize } from './access.ts'

/** How a dashboard is opened, named and kept current. */
export interface AdminOptions {
  /**
   * Decides who may look. Without it, only this machine may, and in production nobody.
   *
   * It is asked for every request, also for scripts and styles.
   */
  readonly authorize?: Authorize | undefined
  /**
   * Whether the dashboard only shows. There is nothing yet that it could change.
   *
   * @default true
   */
  readonly readOnly?: boolean | undefined
  /**
   * Stands above the page, for those who have several.
   *
   * @default 'Cache'
   */
  readonly title?: string | undefined
  /**
   * How often the servers are asked while somebody looks. 1000 or more.
   *
   * @default 1000
   */
  readonly sampleMs?: Milliseconds | undefined
  /** Where the time is taken from. Left out: the system's clock. */
  readonly clock?: Clock | undefined
  /** Where `NODE_ENV` is read, at each request. Left out: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

/** {@link AdminOptions} with the holes filled. */
export interface ResolvedAdminOptions {
  readonly authorize: Authorize | undefined
  readonly readOnly: boolean
  readonly title: string
  readonly sampleMs: Milliseconds
  readonly clock: Clock
  readonly env: Readonly<Record<string, string | undefined>>
}

export const ADMIN_DEFAULTS: Pick<ResolvedAdminOptions, 'readOnly' | 'title' | 'sampleMs'> =
  Object.freeze({ readOnly: true, title: 'Cache', sampleMs: 1000 })

const OPTIONS = ['authorize', 'clock', 'env', ...Object.keys(ADMIN_DEFAULTS)]

/** Fills the holes and checks the rest. @throws {@link CacheError} `ERR_OPTION_INVALID`. */
export function resolveAdminOptions(options: AdminOptions = {}): ResolvedAdminOptions {
  checkOptions('the options of createAdmin', options, OPTIONS)
  const {
    authorize,
    readOnly = ADMIN_DEFAULTS.readOnly,
    title = ADMIN_DEFAULTS.title,
    sampleMs = ADMIN_DEFAULTS.sampleMs,
    clock = systemClock,
    env = process.env,
  } = options
  // Not a boolean or a string by mistake: an `authorize` that is not a function would be no lock.
  if (authorize !== undefined && typeof authorize !== 'function') {
    throw optionError('authorize', authorize, 'a function')
  }
  if (typeof readOnly !== 'boolean') throw optionError('readOnly', readOnly, 'true or false')
  if (typeof title !== 'string') throw optionError('title', title, 'a string')
  if (!Number.isInteger(sampleMs) || sampleMs < 1000) {
    throw optionError('sampleMs', sampleMs, 'whole milliseconds, 1000 or more')
  }
  return { authorize, readOnly, title, sampleMs, clock, env }
}
