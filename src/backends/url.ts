import type { Version } from '../cache/keys.ts'
import { CACHE_DEFAULTS } from '../cache/settings.ts'
import type { Credentials } from '../client/index.ts'
import { optionError } from '../errors.ts'
import type { Duration } from '../units.ts'
import { type AliasSettings, BACKEND_OPTIONS, type BackendName, isBackendName } from './open.ts'

// Not `new URL`: it knows one host, and a socket's path needs no escapes here.
const CACHE_URL = /^([a-z]+):\/\/([^?#]*)(?:\?([^#]*))?$/
// A socket's path may have an `@` as well.
const CREDENTIALS = /^(?!\/|unix:)([^@,;]*)@/
const STRAY_CREDENTIALS = /(?:^|[,;])(?!\/|unix:)[^,;]*@/
const SETTINGS: readonly string[] = Object.keys(CACHE_DEFAULTS)
const TLS_SCHEMES: ReadonlyMap<string | undefined, string> = new Map([
  ['memcacheds', 'memcached'],
  ['tiereds', 'tiered'],
])
// Text whatever it looks like, and shown in no message.
const SECRET = 'secret'
const ONE_LOGIN =
  'servers with at most one `user:password@`, in front of them all, percent-encoded (`@` is %40)'
const EXAMPLES =
  "such as 'memcached://10.0.0.1,10.0.0.2:11212?ttl=300', 'tiered://10.0.0.1', 'memory://' or 'null://'"

/**
 * Reads settings written as a URL: `memcached://a,b:11212?keyPrefix=shop&ttl=300`,
 * `memcached://unix:/run/m.sock`, `tiered://a,b?trustFor=2`, `memory://name?maxBytes=64mb`, `null://`.
 * A ttl without end is `ttl=never`. `memcacheds://` and `tiereds://` are with TLS, `memcached://user:password@a,b` logs in to each server.
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID`, naming `source` and what is allowed.
 */
export function parseCacheUrl(url: string, source = 'url'): AliasSettings {
  const [, scheme, place = '', query = ''] = CACHE_URL.exec(url) ?? []
  const backend = TLS_SCHEMES.get(scheme) ?? scheme
  if (backend === undefined) {
    // What is no URL may hold a password anywhere.
    const shown = `${url}`.replace(/[:/@?].*/s, '…')
    throw optionError(source, shown, `a cache URL ${EXAMPLES}`)
  }
  if (!isBackendName(backend)) {
    throw optionError(source, `${backend}://…`, `a cache URL ${EXAMPLES}`)
  }
  const { auth, servers } = splitCredentials(place)
  if (auth !== undefined && backend !== 'memcached' && backend !== 'tiered') {
    throw optionError('location', '…@', 'without a user and a password')
  }
  const location = decode(servers)
  if (backend === 'null' && location !== '') throw optionError('location', location, 'left out')

  const settings: Record<string, unknown> = {}
  const options: Record<string, unknown> = {
    ...(TLS_SCHEMES.has(scheme) ? { tls: true } : {}),
    ...(auth === undefined ? {} : { auth }),
  }
  for (const [name, text] of new URLSearchParams(query)) {
    const isOption = BACKEND_OPTIONS[backend].includes(name)
    if (!isOption && !SETTINGS.includes(name)) throw unknownParameter(name, backend)
    const target = isOption ? options : settings
    if (name in target) throw optionError(name, name === SECRET ? '…' : text, 'given once')
    target[name] = isOption ? parseOption(name, text) : parseSetting(name, text)
  }
  return { ...settings, backend, options, ...(location === '' ? {} : { location }) }
}

/** Nothing of them is shown where they are wrong. */
function splitCredentials(place: string): {
  readonly auth: Credentials | undefined
  readonly servers: string
} {
  const [whole = '', credentials] = CREDENTIALS.exec(place) ?? []
  const servers = place.slice(whole.length)
  if (STRAY_CREDENTIALS.test(servers)) throw optionError('location', '…@', ONE_LOGIN)
  if (credentials === undefined) return { auth: undefined, servers }
  const [, username = '', password = ''] = /^([^:]*):(.*)$/s.exec(credentials) ?? []
  if (username === '' || password === '') throw optionError('location', '…@', ONE_LOGIN)
  try {
    const auth = {
      username: decodeURIComponent(username),
      password: decodeURIComponent(password),
    }
    return { auth, servers }
  } catch {
    throw optionError('location', '…@', ONE_LOGIN)
  }
}

function parseOption(name: string, text: string): boolean | number | string {
  if (name === SECRET) return text
  return text === 'true' || text === 'false' ? text === 'true' : numberOrText(text)
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
