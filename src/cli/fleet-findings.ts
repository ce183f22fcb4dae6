import { formatBytes } from '../admin/format.ts'
import type { Checkup } from './checkup.ts'
import { type Finding, Findings } from './finding.ts'

/** What only shows beside one another. Pure. */
export function fleetFindings(
  checkups: readonly Checkup[],
  weights: ReadonlyMap<string, number>,
): readonly Finding[] {
  const found = new Findings('all servers')
  const up = checkups.filter(({ after }) => after !== undefined)
  const versions = new Set(up.flatMap(({ after }) => after?.version ?? []))
  if (versions.size > 1) {
    found.advice(
      'versions-differ',
      `They are not of one version: ${[...versions].sort().join(', ')}.`,
      'Install the same everywhere, so that all of them know the same commands.',
    )
  }
  // A server with twice the weight gets twice the keys.
  const sizes = up.flatMap(({ server, after }) => {
    const bytes = after?.limit_maxbytes
    return bytes === undefined ? [] : [{ bytes, perWeight: bytes / (weights.get(server) ?? 1) }]
  })
  const perWeight = sizes.map((size) => size.perWeight)
  if (perWeight.length > 1 && Math.max(...perWeight) > 1.1 * Math.min(...perWeight)) {
    const least = formatBytes(Math.min(...sizes.map(({ bytes }) => bytes)))
    const most = formatBytes(Math.max(...sizes.map(({ bytes }) => bytes)))
    found.advice(
      'memory-differs',
      `They have from ${least} to ${most} of memory and equal shares of the keys, so the small ones evict first.`,
      "Give the large ones a weight, such as '10.0.0.1:11211*2', or all of them the same -m.",
    )
  }
  return found.all
}
