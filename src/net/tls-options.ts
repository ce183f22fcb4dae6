import { isIP } from 'node:net'
import { type ConnectionOptions, createSecureContext, type SecureContext } from 'node:tls'
import { CacheError, checkOptions, optionError } from '../errors.ts'

/** How a connection is encrypted, and who may be at its other end: names and values of `node:tls`. */
export interface TlsOptions {
  /** Who signed the servers' certificates, PEM. Default: those that Node trusts. */
  readonly ca?: ConnectionOptions['ca']
  /** The client's own certificate, PEM, for servers that ask for one. */
  readonly cert?: ConnectionOptions['cert']
  /** The key of `cert`, PEM. */
  readonly key?: ConnectionOptions['key']
  /** Of `key`, where it is encrypted. */
  readonly passphrase?: string
  /**
   * The name that the server's certificate must have, and that it is asked for. Default: the host
   * of each server; for an IP address that address; for a socket `localhost`.
   */
  readonly servername?: string
  /**
   * Whether a server that cannot prove who it is is refused. Without, anybody between can read and
   * change what is sent.
   *
   * @default true
   */
  readonly rejectUnauthorized?: boolean
  /** Default: Node's, `'TLSv1.2'`. */
  readonly minVersion?: ConnectionOptions['minVersion']
  /** Default: Node's, `'TLSv1.3'`. */
  readonly maxVersion?: ConnectionOptions['maxVersion']
  /** As OpenSSL lists them. Default: Node's. */
  readonly ciphers?: string
}

/** {@link TlsOptions}, checked, and what is remembered of earlier connections. */
export interface TlsSetup {
  readonly context: SecureContext
  readonly servername: string | undefined
  readonly rejectUnauthorized: boolean
  /** The last session with each server, by its name: it spares a reconnect the full handshake. */
  readonly sessions: Map<string, Buffer>
}

/** What TLS options are where they are silent. */
export const TLS_DEFAULTS: Readonly<{ rejectUnauthorized: boolean }> = Object.freeze({
  rejectUnauthorized: true,
})

const OPTIONS: readonly string[] = [
  'ca',
  'cert',
  'key',
  'passphrase',
  'servername',
  'minVersion',
  'maxVersion',
  'ciphers',
  ...Object.keys(TLS_DEFAULTS),
]

/**
 * Reads certificates and keys once, so that a wrong one is told before anything connects.
 * `undefined`: without TLS. No value is shown in an error: it may be a key.
 */
export function resolveTls(tls: boolean | TlsOptions | undefined): TlsSetup | undefined {
  if (tls === undefined || tls === false) return undefined
  const options = tls === true ? {} : tls
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid('`tls` must be true, false or an object with options')
  }
  checkOptions('`tls`', options, OPTIONS)
  const { servername, rejectUnauthorized = TLS_DEFAULTS.rejectUnauthorized, ...rest } = options
  if (typeof rejectUnauthorized !== 'boolean') {
    throw optionError('tls.rejectUnauthorized', rejectUnauthorized, 'true or false')
  }
  if (servername !== undefined && (typeof servername !== 'string' || !isName(servername))) {
    throw optionError('tls.servername', servername, 'a host name')
  }
  return { context: secureContext(rest), servername, rejectUnauthorized, sessions: new Map() }
}

function isName(servername: string): boolean {
  return servername !== '' && isIP(servername) === 0
}

function secureContext(
  options: Omit<TlsOptions, 'servername' | 'rejectUnauthorized'>,
): SecureContext {
  // What is `undefined` is left out: `createSecureContext` refuses some of it.
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  try {
    return createSecureContext(Object.fromEntries(given))
  } catch (cause) {
    const { reason, message } = cause as Error & { reason?: string }
    throw invalid(`\`tls\` cannot be used (${reason ?? message})`, cause)
  }
}

function invalid(what: string, cause?: unknown): CacheError {
  return new CacheError('ERR_OPTION_INVALID', `${what}.`, { cause })
}
