import type { Version } from '../cache/keys.ts'
import { CACHE_DEFAULTS } from '../cache/settings.ts'
import { optionError } from '../errors.ts'
import type { Duration } from '../units.ts'
import { type AliasSettings, BACKEND_OPTIONS, type BackendName, isBackendName } from './open.ts'

// Not `new URL`: it knows one host, and a socket's path needs no escapes here.
const CACHE_URL = /^([a-z]+):\/\/([^?#]*)(?:\?([^#]*))?$/
// A socket's path may have an `@` as well.
const CREDENTIALS = /(?:^|[,;])(?!\/|unix:)[^,;]*@/
const SETTINGS: readonly string[] = Object.keys(CACHE_DEFAULTS)
const EXAMPLES = "such as 'memcached://10.0.0.1,10.0.0.2:11212?ttl=300', 'memory://' or 'null://'"

/**
 * Reads settings written as a URL: `memcached://a,b:11212?keyPrefix=shop&ttl=300`,
 * `memcached://unix:/run/m.sock`, `memory://name?maxBytes=64mb`, `null://`. A ttl without end is
 * `ttl=never`.
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID`, naming `source` and what is allowed.
 */
export function parseCacheUrl(url: string, source = 'url'): AliasSettings {
  const [, backend, place = '', query = ''] = CACHE_URL.exec(url) ?? []
  if (backend === undefined) {
    throw optionError(source, `${url}`.replace(/\/\/.*@/s, '//…@'), `a cache URL ${EXAMPLES}`)
  }
  if (!isBackendName(backend)) {
    throw optionError(source, `${backend}://…`, `a cache URL ${EXAMPLES}`)
  }
  // Not shown: it may be a password.
  if (CREDENTIALS.test(place)) {
    throw optionError('location', '…@', 'without a user or password, which are not supported')
  }
  const location = decode(place)
  if (backend === 'null' && location !== '') throw optionError('location', location, 'left out')

  const settings: Record<string, unknown> = {}
  const options: Record<string, unknown> = {}
  for (const [name, text] of new URLSearchParams(query)) {
    const isOption = BACKEND_OPTIONS[backend].includes(name)
    if (!isOption && !SETTINGS.includes(name)) throw unknownParameter(name, backend)
    const target = isOption ? options : settings
    if (name in target) throw optionError(name, text, 'given once')
    target[name] = isOption ? numberOrText(text) : parseSetting(name, text)
  }
  return { ...settings, backend, options, ...(location === '' ? {} : { location }) }
}

function parseSetting(name: string, text: string): unknown {
  switch (name) {
    case 'ttl':
      return parseTtl(text)
    case 'version':
      return numberOrText(text) satisfies Version
    case 'keyPrefix':
    case 'onFailure':
      return text
    default:
      return numberOrText(text)
  }
}

function parseTtl(text: string): Duration {
  if (text === 'never') return Infinity
  // What is neither is told by whoever reads the ttl.
  return numberOrText(text) as Duration
}

function numberOrText(text: string): number | string {
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw optionError('location', text, 'percent-encoded UTF-8')
  }
}

function unknownParameter(name: string, backend: BackendName): Error {
  const allowed = [...SETTINGS, ...BACKEND_OPTIONS[backend]]
  return optionError('parameter', name, `one of ${allowed.join(', ')}`)
}
