import type { HealthReply } from '../../src/admin/api/health.ts'
import { useApi } from './use-api.ts'

/** The worst finding, in front of all figures: a healthy cache has none, and no line. */
export function HealthNote() {
  const { reply } = useApi<HealthReply>('health?window=10', 10_000)
  const worst = reply?.findings[0]
  if (reply === undefined || worst === undefined || worst.severity === 'info') return null
  const more = reply.findings.length - 1
  return (
    <p class={`health-note ${worst.severity}`}>
      <strong>{worst.severity}</strong> <span>{worst.sentence}</span>{' '}
      <a href="#health">{more === 0 ? 'What to do' : `What to do, and ${more} more`}</a>
    </p>
  )
}
