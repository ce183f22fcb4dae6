import { checkOptions, optionError } from '../errors.ts'

/** How pages are purged. */
export interface PurgeModeOptions {
  /**
   * `'hard'`: they are gone, and who asks for one waits for it to be rendered. `'soft'`: they are
   * stale, and who asks gets the old one while one request renders it anew.
   *
   * @default 'hard'
   */
  readonly mode?: 'hard' | 'soft'
}

export const PURGE_DEFAULTS: Readonly<Required<PurgeModeOptions>> = Object.freeze({ mode: 'hard' })

/**
 * @throws {@link CacheError} `ERR_OPTION_INVALID`.
 */
export function purgeMode(options: PurgeModeOptions): 'hard' | 'soft' {
  checkOptions('the options of a purge', options, ['mode'])
  const { mode = PURGE_DEFAULTS.mode } = options
  if (mode === 'hard' || mode === 'soft') return mode
  throw optionError('mode', mode, "'hard' or 'soft'")
}
