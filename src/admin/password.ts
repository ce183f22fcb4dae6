import { Buffer } from 'node:buffer'
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { CacheError } from '../errors.ts'

/** Of scrypt, as OWASP's "Password Storage" lists them: 2^17 in memory of 128 MB is too much for a page. */
const LOG_N = 15
const BLOCK = 8
const PARALLEL = 3
const HASH_BYTES = 32
const SALT_BYTES = 16

// A hash that somebody wrote by hand must not take the memory of the process: 2^18 is 256 MB.
const MAX_LOG_N = 18

interface Hash {
  readonly logN: number
  readonly block: number
  readonly parallel: number
  readonly salt: Buffer
  readonly hash: Buffer
}

const FORM = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w-]{22,86})\$([\w-]{43})$/

/**
 * Returns the hash of a password, for `basicAuth`: `scrypt$15$8$3$<salt>$<hash>`. Takes about a tenth
 * of a second.
 *
 * @example
 * ```ts
 * import { hashPassword } from 'reprise/admin'
 *
 * console.log(await hashPassword('correct horse battery staple'))
 * ```
 */
export async function hashPassword(password: string): Promise<string> {
  if (typeof password !== 'string' || password === '') {
    throw new CacheError('ERR_OPTION_INVALID', 'The password must not be empty.')
  }
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive(password, { logN: LOG_N, block: BLOCK, parallel: PARALLEL, salt })
  const text = (bytes: Buffer): string => bytes.toString('base64url')
  return `scrypt$${LOG_N}$${BLOCK}$${PARALLEL}$${text(salt)}$${text(hash)}`
}

/** `undefined`: it is no hash that {@link hashPassword} makes. */
export function parseHash(text: string): Hash | undefined {
  const [, logN, block, parallel, salt, hash] = FORM.exec(text) ?? []
  if (salt === undefined || hash === undefined) return undefined
  const parsed = {
    logN: Number(logN),
    block: Number(block),
    parallel: Number(parallel),
    salt: Buffer.from(salt, 'base64url'),
    hash: Buffer.from(hash, 'base64url'),
  }
  const isFit = parsed.logN >= 10 && parsed.logN <= MAX_LOG_N
  return isFit && parsed.block >= 1 && parsed.parallel >= 1 ? parsed : undefined
}

/** Takes as long for a wrong password as for the right one. */
export async function isPassword(password: string, known: Hash): Promise<boolean> {
  return timingSafeEqual(await derive(password, known), known.hash)
}

function derive(
  password: string,
  { logN, block, parallel, salt }: Omit<Hash, 'hash'>,
): Promise<Buffer> {
  const N = 2 ** logN
  const maxmem = 128 * N * block + 128 * block * parallel + 1024 * 1024
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, { N, r: block, p: parallel, maxmem }, (error, hash) => {
      if (error === null) resolve(hash)
      else reject(error)
    })
  })
}
