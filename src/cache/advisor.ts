import type { Seconds } from '../units.ts'
import type { Policy } from './policy.ts'
import type { ResolvedSettings } from './settings.ts'
import { TAG_TTL } from './tags.ts'

/** What a process warning of the advisor is about. Each code has a section in `docs/advisor.md`. */
export type AdviceCode =
  | 'REPRISE_BACKOFF_OUTLIVES_STALE'
  | 'REPRISE_JITTER_WITHOUT_END'
  | 'REPRISE_MEMORY_LIMIT'
  | 'REPRISE_NEGATIVE_TTL'
  | 'REPRISE_NO_KEY_PREFIX'
  | 'REPRISE_REFRESH_WITHOUT_END'
  | 'REPRISE_SHARED_KEYS'
  | 'REPRISE_SOFT_TIMEOUT'
  | 'REPRISE_TRUST_ABOVE_TTL'
  | 'REPRISE_TTL_ABOVE_TAGS'
  | 'REPRISE_VALUE_LIMIT'
  | 'REPRISE_WAIT_ABOVE_TIMEOUT'
  | 'REPRISE_WAIT_BELOW_TIMEOUT'

/** Something that was asked for and cannot happen: what, with which values, and what to do. */
export interface Advice {
  readonly code: AdviceCode
  readonly text: string
}

// A ttl that is computed anew for each call makes a text anew for each call.
const TEXTS_PER_CODE = 5

const given = new Map<AdviceCode, readonly string[]>()

/** Warns of each once per process, and of one kind a few times at most. */
export function giveAdvice(advice: Iterable<Advice>): void {
  for (const { code, text } of advice) {
    const ofCode = given.get(code) ?? []
    if (ofCode.includes(text) || ofCode.length >= TEXTS_PER_CODE) continue
    given.set(code, [...ofCode, text])
    process.emitWarning(text, { type: 'RepriseWarning', code })
  }
}

/**
 * Warns of options of a call that cannot do what they say. For where a value is computed: a hit needs
 * no advice, so it pays for none.
 */
export function adviseCall(
  { alias, settings }: { readonly alias: string; readonly settings: ResolvedSettings },
  operation: string,
  policy: Policy,
): void {
  const { ttl, staleWhileRevalidate, staleIfError, errorBackoff, negativeTtl } = policy
  const { softTimeoutMs, hardTimeoutMs, waitMs, refreshAhead, jitter } = policy
  const advice: Advice[] = tagAdvice(alias, operation, ttl, policy.tags)
  const say = (code: AdviceCode, text: string) => {
    advice.push({ code, text: `${nameOf(operation, alias)}: ${text}` })
  }

  if (softTimeoutMs !== Infinity && staleWhileRevalidate <= 0 && staleIfError <= 0) {
    say(
      'REPRISE_SOFT_TIMEOUT',
      `\`softTimeoutMs\` is ${softTimeoutMs}, but no stale value is kept that could be served then. Add \`staleWhileRevalidate\` or \`staleIfError\`, or leave it out.`,
    )
  }
  if (softTimeoutMs !== Infinity && softTimeoutMs >= hardTimeoutMs) {
    say(
      'REPRISE_SOFT_TIMEOUT',
      `\`softTimeoutMs\` is ${softTimeoutMs} and \`hardTimeoutMs\` ${hardTimeoutMs}, so the computation is ended before the stale value is served. Make the soft one shorter.`,
    )
  }
  // The alias's own is for calls of all kinds.
  if (waitMs > hardTimeoutMs && waitMs !== settings.waitMs) {
    say(
      'REPRISE_WAIT_ABOVE_TIMEOUT',
      `\`waitMs\` is ${waitMs} and \`hardTimeoutMs\` ${hardTimeoutMs}: it waits longer for another process's computation than any computation may take. Make \`waitMs\` at most that.`,
    )
  }
  if (staleIfError > 0 && staleIfError < errorBackoff) {
    say(
      'REPRISE_BACKOFF_OUTLIVES_STALE',
      `\`staleIfError\` is ${staleIfError} s and \`errorBackoff\` ${errorBackoff} s: after a failure the stale value ends before the next try. Make \`staleIfError\` the longer one.`,
    )
  }
  // With a ttl of 0 caching is switched off.
  if (negativeTtl !== undefined && negativeTtl > ttl && ttl > 0) {
    say(
      'REPRISE_NEGATIVE_TTL',
      `\`negativeTtl\` is ${shownTtl(negativeTtl)} and \`ttl\` ${ttl} s: that there is nothing would be believed longer than what there is. Make it shorter, or leave it out.`,
    )
  }
  if (ttl === Infinity && refreshAhead !== undefined) {
    say(
      'REPRISE_REFRESH_WITHOUT_END',
      `\`refreshAhead\` is ${refreshAhead}, a part of a \`ttl\` that is Infinity, so it is never due. Give a \`ttl\`, or leave it out.`,
    )
  }
  if (ttl === Infinity && jitter > 0) {
    say(
      'REPRISE_JITTER_WITHOUT_END',
      `\`jitter\` is ${jitter}, a part of a \`ttl\` that is Infinity, so it shortens nothing. Give a \`ttl\`, or leave it out.`,
    )
  }
  if (advice.length > 0) giveAdvice(advice)
}

/** Warns of a tagged value that is to outlive its tags. */
export function adviseTagged(
  alias: string,
  operation: string,
  ttl: Seconds,
  tags: readonly string[],
): void {
  if (ttl > TAG_TTL && tags.length > 0) giveAdvice(tagAdvice(alias, operation, ttl, tags))
}

function tagAdvice(
  alias: string,
  operation: string,
  ttl: Seconds,
  tags: readonly string[],
): Advice[] {
  if (ttl <= TAG_TTL || tags.length === 0) return []
  const text = `${nameOf(operation, alias)}: the \`ttl\` is ${shownTtl(ttl)}, but the value has \`tags\`, which are kept for a year (${TAG_TTL} s) after their first use, and it ends with them. Give a \`ttl\` of at most a year.`
  return [{ code: 'REPRISE_TTL_ABOVE_TAGS', text }]
}

function nameOf(operation: string, alias: string): string {
  return `\`${operation}\` on the cache \`${alias}\``
}

function shownTtl(ttl: Seconds): string {
  return ttl === Infinity ? 'Infinity' : `${ttl} s`
}
