import { OLDEST_MS } from './play.mjs'

/** What the project says of its own row. */
export function judge(rows) {
  const ours = rows.find(({ name }) => name === 'reprise')
  if (ours === undefined) return []
  const { cold, failing, hot } = ours
  return [
    ...(cold ? [exactly('cold key', 1, cold.computations, 'computations')] : []),
    ...(failing
      ? [
          exactly('failing computation', 1, failing.calls, 'calls'),
          exactly('failing computation', failing.callers, failing.told, 'callers told'),
          atMost('failing computation', 50, failing.lastMs, 'ms until the last is told'),
        ]
      : []),
    ...(hot
      ? [
          atMost('hot key', 7, hot.computations, 'computations'),
          exactly('hot key', 0, hot.slow, 'slow reads after the first load'),
          atMost('hot key', OLDEST_MS, hot.oldestMs, 'ms old at most'),
        ]
      : []),
  ]
}

function exactly(scene, wanted, ratio, against) {
  return { text: `${scene}: ${wanted} ${against}`, ratio, against, passed: ratio === wanted }
}

function atMost(scene, most, ratio, against) {
  return { text: `${scene}: ≤ ${most} ${against}`, ratio, against, passed: ratio <= most }
}
