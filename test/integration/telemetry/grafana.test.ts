import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { describeCaches } from '../../../src/caches.ts'
import { systemClock } from '../../../src/clock.ts'
import { createCaches } from '../../../src/index.ts'
import { CacheMetrics } from '../../../src/telemetry/cache-metrics.ts'
import { serverMetrics } from '../../../src/telemetry/server-metrics.ts'
import { startMemcached } from '../../support/memcached.ts'

const NAME = /\b(?:reprise|memcached)_[a-z_]+\b/g
const OF_A_HISTOGRAM = /_(?:bucket|sum|count)$/

describe('the board and the alarms of examples/grafana', () => {
  it.each(['board.json', 'alerts.yaml'])('%s asks for metrics that there are', async (file) => {
    await using server = await startMemcached()
    const caches = createCaches({
      default: { backend: 'memcached', location: `127.0.0.1:${server.port}` },
    })
    const metrics = new CacheMetrics(systemClock)
    await caches.get('default').set('a', 1)
    const clients = describeCaches(caches).flatMap(({ client }) => client ?? [])
    const families = [...metrics.families, ...(await serverMetrics(clients))]
    metrics.close()
    await caches.close()

    const known = new Set(families.map(({ name }) => name))
    const text = readFileSync(`examples/grafana/${file}`, 'utf8')
    const asked = new Set(text.match(NAME))
    const unknown = [...asked].filter(
      (name) => !known.has(name) && !known.has(name.replace(OF_A_HISTOGRAM, '')),
    )

    expect(asked.size).toBeGreaterThan(8)
    expect(unknown).toEqual([])
  })
})
