import { isHashed } from '../cache/keys.ts'
import type { Cache } from '../index.ts'
import type { Options } from './options.ts'
import type { Target } from './target.ts'
import { escaped } from './terminal.ts'

/** A key as it was asked for, and as it is on the servers. */
export interface KeyTarget {
  /** Reads and changes it. */
  readonly cache: Cache
  /** What `cache` calls it. */
  readonly key: string
  /** As servers list it. */
  readonly wholeKey: string
  readonly isOfAlias: boolean
}

/**
 * What a key on the command line means: with `--alias`, `--key-prefix` or `--key-version` the
 * application's, else a whole one, as `keys` and `hot` show them.
 */
export function keyTarget(target: Target, key: string, options: Options): KeyTarget {
  const isOfAlias = ['alias', 'keyPrefix', 'keyVersion'].some(
    (name) => options.text(name) !== undefined,
  )
  if (!isOfAlias) return { cache: target.wholeKeys, key, wholeKey: key, isOfAlias }
  const { cache } = target
  const { keyFunction, keyPrefix, version } = cache.settings
  return { cache, key, wholeKey: keyFunction(key, keyPrefix, version), isOfAlias }
}

/** Why a key may not be there although somebody expects it. */
export function notFound({ wholeKey, isOfAlias }: KeyTarget): string {
  const said = `There is no key ${escaped(wholeKey)}.`
  if (isOfAlias) return `${said}\n`
  if (wholeKey.startsWith('reprise#') && isHashed(wholeKey)) {
    return `${said} So are long keys stored: give the key itself.\n`
  }
  return `${said} It was taken for a whole key, as servers list them; with --alias it is the application's.\n`
}
