/**
 * Which coding of a body a client takes: RFC 9110 section 12.5.3.
 *
 * @module
 */

const WEIGHT = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i
/** Names that mean the same: RFC 9110 section 8.4.1.3. */
const ALIASES: Readonly<Record<string, string>> = { 'x-gzip': 'gzip' }

/** By name in lower case. */
type Weights = ReadonlyMap<string, number>

/** Browsers send a handful of values: reading one again costs more than the rest of the choice. */
const MAX_KNOWN = 200
const MAX_KNOWN_LENGTH = 200
const known = new Map<string, Weights>()

/**
 * Returns the best of `available` (best first, where the client likes them alike), or `'identity'`:
 * the bytes as they are, which is also what a client gets that takes nothing we have.
 */
export function chooseCoding<Coding extends string>(
  acceptEncoding: string | undefined,
  available: readonly Coding[],
): Coding | 'identity' {
  // Who says nothing may be unable to undo anything: RFC 9110 allows any coding, and clients differ.
  if (acceptEncoding === undefined || available.length === 0) return 'identity'
  const weights = weightsOf(acceptEncoding)
  const others = weights.get('*')
  let best: Coding | 'identity' = 'identity'
  // Named, it is as good as the client says; else it is the last resort.
  let bestWeight = weights.get('identity') ?? 0
  let isTie = true
  for (const coding of available) {
    const weight = weights.get(coding) ?? others ?? 0
    if (weight > bestWeight || (weight === bestWeight && weight > 0 && isTie)) {
      best = coding
      bestWeight = weight
      isTie = false
    }
  }
  return best
}

/** Whether a client takes what is in `coding`. One that says nothing takes everything. */
export function acceptsCoding(acceptEncoding: string | undefined, coding: string): boolean {
  if (acceptEncoding === undefined) return true
  const weights = weightsOf(acceptEncoding)
  const otherwise = coding === 'identity' ? 1 : 0
  return (weights.get(coding) ?? weights.get('*') ?? otherwise) > 0
}

function weightsOf(acceptEncoding: string): Weights {
  const read = known.get(acceptEncoding)
  if (read !== undefined) return read
  const weights = parseWeights(acceptEncoding)
  if (acceptEncoding.length > MAX_KNOWN_LENGTH) return weights
  if (known.size === MAX_KNOWN) known.clear()
  known.set(acceptEncoding, weights)
  return weights
}

/** A weight that is none counts as 0: the safer reading. */
function parseWeights(acceptEncoding: string): Weights {
  const weights = new Map<string, number>()
  for (const member of acceptEncoding.split(',')) {
    const [name = '', ...parameters] = member.split(';').map((part) => part.trim())
    if (name === '') continue
    const lower = name.toLowerCase()
    weights.set(ALIASES[lower] ?? lower, weightOf(parameters))
  }
  return weights
}

function weightOf(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => /^q\s*=/i.test(parameter))
  if (given === undefined) return 1
  const [, weight] = WEIGHT.exec(given.replaceAll(/\s/g, '')) ?? []
  return weight === undefined ? 0 : Number(weight)
}
