import type { Clock } from '../clock.ts'
import type { Milliseconds } from '../units.ts'
import { reasonOf } from './reason.ts'

/** What one page answered. */
export interface Warmed {
  readonly url: string
  /** `undefined`: nothing came. */
  readonly status: number | undefined
  readonly ms: Milliseconds
  /** What the page cache says of itself (RFC 9211): it had the page, or keeps it now. */
  readonly cache: 'hit' | 'stored' | undefined
  /** Why nothing came. */
  readonly error: string | undefined
}

export interface WarmOptions {
  readonly concurrency: number
  readonly timeoutMs: Milliseconds
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Asks for every page, `concurrency` at a time, and tells of each as it comes. */
export async function warmPages(
  urls: readonly string[],
  options: WarmOptions,
  tell: (warmed: Warmed) => void,
): Promise<void> {
  const queue = urls.values()
  const work = async (): Promise<void> => {
    for (const url of queue) {
      if (options.signal.aborted) return
      const warmed = await warm(url, options)
      if (options.signal.aborted) return
      tell(warmed)
    }
  }
  await Promise.all(Array.from({ length: Math.min(options.concurrency, urls.length) }, work))
}

const HIT = /(?:^|,)\s*reprise\s*;[^,]*\bhit\b/i
const STORED = /(?:^|,)\s*reprise\s*;[^,]*\bstored\b/i

async function warm(url: string, { timeoutMs, clock, signal }: WarmOptions): Promise<Warmed> {
  const start = clock.monotonic()
  const limits = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  try {
    // A redirect is an answer of its own, which is cached as such; where it leads may be anywhere.
    const response = await fetch(url, { redirect: 'manual', signal: limits })
    // To the end: a page whose reader leaves is not stored.
    for await (const _ of (response.body ?? []) as AsyncIterable<Uint8Array>) void _
    const told = response.headers.get('cache-status') ?? ''
    const cache = HIT.test(told) ? 'hit' : STORED.test(told) ? 'stored' : undefined
    const ms = clock.monotonic() - start
    return { url, status: response.status, ms, cache, error: undefined }
  } catch (error) {
    const ms = clock.monotonic() - start
    return { url, status: undefined, ms, cache: undefined, error: reasonOf(error) }
  }
}
