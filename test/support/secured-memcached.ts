import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import type { Certificate, Certificates } from './certificates.ts'
import { type MemcachedPlace, type MemcachedServer, startMemcached } from './memcached.ts'
import { askOn } from './raw.ts'

export interface TlsServerOptions extends MemcachedPlace {
  /** Default: the valid one. */
  readonly certificate?: Certificate
  /** Whether every client must show a certificate. */
  readonly asksForClients?: boolean
  readonly args?: readonly string[]
}

/** Starts a memcached that speaks TLS only. */
export function startTlsMemcached(
  certificates: Certificates,
  options: TlsServerOptions = {},
): Promise<MemcachedServer> {
  const { certificate = certificates.server, asksForClients = false, args = [] } = options
  const settings = [
    `ssl_chain_cert=${certificate.certPath}`,
    `ssl_key=${certificate.keyPath}`,
    ...(asksForClients ? [`ssl_ca_cert=${certificates.ca.certPath}`, 'ssl_verify_mode=2'] : []),
  ]
  const { cert, key } = certificates.client
  return startMemcached(['-Z', '-o', settings.join(), ...args], {
    stats: (place) => {
      const where = typeof place === 'string' ? { path: place } : { port: place }
      return askOn(connect({ ...where, cert, key, rejectUnauthorized: false }), 'stats\r\n')
    },
    ...options,
  })
}

export interface LoginServer extends MemcachedServer {
  /** Asks it, logged in. */
  ask(text: string): Promise<string>
}

export interface LoginServerOptions {
  readonly port?: number
  /** Further lines of its file: `user:password`. */
  readonly others?: readonly string[]
  /** Speaks TLS with it. */
  readonly certificate?: Certificate
}

/** Starts a memcached that lets nobody in but `username` with `password`. */
export async function startLoginMemcached(
  username: string,
  password: string,
  { port, others = [], certificate }: LoginServerOptions = {},
): Promise<LoginServer> {
  const folder = await mkdtemp(join(tmpdir(), 'reprise-auth-'))
  const file = join(folder, 'users')
  await writeFile(file, [`${username}:${password}`, ...others, ''].join('\n'))
  // memcached reads it as `nobody`.
  await chmod(folder, 0o755)
  const token = `${username} ${password}`
  const login = `set login 0 0 ${token.length}\r\n${token}\r\n`
  const askLoggedIn = async (where: string | number, text: string): Promise<string> => {
    const socket =
      certificate === undefined
        ? connectPlain(Number(where), '127.0.0.1')
        : connect({ port: Number(where), rejectUnauthorized: false })
    const answer = await askOn(socket, login + text)
    return answer.slice('STORED\r\n'.length)
  }
  const tls =
    certificate === undefined
      ? []
      : ['-Z', '-o', `ssl_chain_cert=${certificate.certPath},ssl_key=${certificate.keyPath}`]
  const server = await startMemcached(['-Y', file, ...tls], {
    ...(port === undefined ? {} : { port }),
    stats: (where) => askLoggedIn(where, 'stats\r\n'),
  })
  const kill = async (): Promise<void> => {
    await server.kill()
    await rm(folder, { recursive: true, force: true })
  }
  return {
    ...server,
    kill,
    ask: (text) => askLoggedIn(server.port, text),
    [Symbol.asyncDispose]: kill,
  }
}
