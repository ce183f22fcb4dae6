import { type Clock, systemClock } from '../clock.ts'
import { checkOptions, optionError } from '../errors.ts'
import type { Milliseconds } from '../units.ts'
import { type Authorize, isProduction } from './access.ts'
import type { ShownValues } from './api/session.ts'
import { type Redact, redactSecrets } from './preview.ts'

/** How a dashboard is opened, named and kept current. */
export interface AdminOptions {
  /**
   * Decides who may look, and do what. Without it, only this machine may, and in production nobody.
   *
   * It is asked for every request, also for scripts and styles.
   */
  readonly authorize?: Authorize | undefined
  /**
   * Whether the dashboard only shows: nobody can change anything, whatever their permissions. Left
   * out: in production it does, elsewhere not.
   */
  readonly readOnly?: boolean | undefined
  /**
   * How much is shown of keys and values, to who has the permission `values`: `'none'`, `'meta'` (keys,
   * their sizes and lifetimes) or `'preview'` (the start of a value too). Left out: `'none'` in
   * production, `'preview'` elsewhere.
   */
  readonly values?: ShownValues | undefined
  /**
   * Returns what is shown in the place of a value; `undefined` hides it. Left out: fields named like
   * a password, a token or the like are hidden.
   */
  readonly redact?: Redact | undefined
  /**
   * Whether the record of actions, and the channel `reprise:action`, name keys and tags.
   *
   * @default false
   */
  readonly auditKeys?: boolean | undefined
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
  /**
   * How often they are asked while nobody looks, so that the curves have a past. At least `sampleMs`;
   * `Infinity`: not at all.
   *
   * @default Infinity
   */
  readonly backgroundMs?: Milliseconds | undefined
  /** Where the time is taken from. Left out: the system's clock. */
  readonly clock?: Clock | undefined
  /** Where `NODE_ENV` is read, at each request. Left out: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

/** {@link AdminOptions} with the holes filled, but for those that `NODE_ENV` fills at each request. */
export interface ResolvedAdminOptions {
  readonly authorize: Authorize | undefined
  readonly readOnly: boolean | undefined
  readonly values: ShownValues | undefined
  readonly redact: Redact
  readonly auditKeys: boolean
  readonly title: string
  readonly sampleMs: Milliseconds
  readonly backgroundMs: Milliseconds
  readonly clock: Clock
  readonly env: Readonly<Record<string, string | undefined>>
}

export const ADMIN_DEFAULTS: Pick<
  ResolvedAdminOptions,
  'auditKeys' | 'title' | 'sampleMs' | 'backgroundMs'
> = Object.freeze({
  auditKeys: false,
  title: 'Cache',
  sampleMs: 1000,
  backgroundMs: Infinity,
})

const OPTIONS = [
  'authorize',
  'clock',
  'env',
  'readOnly',
  'redact',
  'values',
  ...Object.keys(ADMIN_DEFAULTS),
]

const VALUES: readonly unknown[] = ['none', 'meta', 'preview']

/** Fills the holes and checks the rest. @throws {@link CacheError} `ERR_OPTION_INVALID`. */
export function resolveAdminOptions(options: AdminOptions = {}): ResolvedAdminOptions {
  checkOptions('the options of createAdmin', options, OPTIONS)
  const {
    authorize,
    readOnly,
    values,
    redact = redactSecrets,
    auditKeys = ADMIN_DEFAULTS.auditKeys,
    title = ADMIN_DEFAULTS.title,
    sampleMs = ADMIN_DEFAULTS.sampleMs,
    backgroundMs = ADMIN_DEFAULTS.backgroundMs,
    clock = systemClock,
    env = process.env,
  } = options
  // Not a boolean or a string by mistake: an `authorize` that is not a function would be no lock.
  if (authorize !== undefined && typeof authorize !== 'function') {
    throw optionError('authorize', authorize, 'a function')
  }
  if (readOnly !== undefined && typeof readOnly !== 'boolean') {
    throw optionError('readOnly', readOnly, 'true or false')
  }
  if (values !== undefined && !VALUES.includes(values)) {
    throw optionError('values', values, "'none', 'meta' or 'preview'")
  }
  if (typeof redact !== 'function') throw optionError('redact', redact, 'a function')
  if (typeof auditKeys !== 'boolean') throw optionError('auditKeys', auditKeys, 'true or false')
  if (typeof title !== 'string') throw optionError('title', title, 'a string')
  if (!Number.isInteger(sampleMs) || sampleMs < 1000) {
    throw optionError('sampleMs', sampleMs, 'whole milliseconds, 1000 or more')
  }
  if (typeof backgroundMs !== 'number' || !(backgroundMs >= sampleMs)) {
    throw optionError('backgroundMs', backgroundMs, 'at least `sampleMs`, or Infinity')
  }
  return {
    authorize,
    readOnly,
    values,
    redact,
    auditKeys,
    title,
    sampleMs,
    backgroundMs,
    clock,
    env,
  }
}

export function isReadOnly({ readOnly, env }: ResolvedAdminOptions): boolean {
  return readOnly ?? isProduction(env)
}

export function shownValues({ values, env }: ResolvedAdminOptions): ShownValues {
  return values ?? (isProduction(env) ? 'none' : 'preview')
}
