import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate, and where it and its key lie. */
export interface Certificate {
  readonly cert: Buffer
  readonly key: Buffer
  readonly certPath: string
  readonly keyPath: string
}

export interface Certificates extends Disposable {
  /** Signed `server`, `expired` and `client`. */
  readonly ca: Certificate
  /** Of somebody else: signed none of them. */
  readonly otherCa: Certificate
  /** For `cache.example`, 127.0.0.1 and ::1. */
  readonly server: Certificate
  /** As `server`, until yesterday. */
  readonly expired: Certificate
  readonly client: Certificate
}

const NAMES = 'DNS:cache.example,IP:127.0.0.1,IP:::1'

/** Makes what TLS needs, anew for each run, in a folder that `Symbol.dispose` removes. */
export async function makeCertificates(): Promise<Certificates> {
  const folder = mkdtempSync(join(tmpdir(), 'reprise-tls-'))
  // memcached reads them as `nobody`.
  await chmod(folder, 0o755)
  const pathOf = (file: string): string => join(folder, file)
  const read = async (name: string): Promise<Certificate> => {
    const certPath = pathOf(`${name}.pem`)
    const keyPath = pathOf(`${name}.key`)
    await chmod(keyPath, 0o644)
    return { cert: readFileSync(certPath), key: readFileSync(keyPath), certPath, keyPath }
  }
  const keyTo = (name: string): string[] =>
    `-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=${name}`
      .split(' ')
      .concat('-keyout', pathOf(`${name}.key`))
  const makeCa = (name: string): Promise<Certificate> => {
    openssl('req', '-x509', ...keyTo(name), '-days', '2', '-out', pathOf(`${name}.pem`))
    return read(name)
  }
  const ca = await makeCa('ca')
  const sign = (name: string, days: number): Promise<Certificate> => {
    const request = pathOf(`${name}.csr`)
    openssl('req', ...keyTo(name), '-addext', `subjectAltName=${NAMES}`, '-out', request)
    const signer = ['-CA', ca.certPath, '-CAkey', ca.keyPath, '-CAcreateserial']
    const life = ['-days', `${days}`, '-copy_extensions', 'copy']
    openssl('x509', '-req', '-in', request, ...signer, ...life, '-out', pathOf(`${name}.pem`))
    return read(name)
  }
  return {
    ca,
    otherCa: await makeCa('other-ca'),
    server: await sign('server', 2),
    expired: await sign('expired', -1),
    client: await sign('client', 2),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
