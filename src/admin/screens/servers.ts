import type { Seconds } from '../../units.ts'
import type { RingServer, ServersReply } from '../api/servers.ts'
import type { HealthServer } from '../health.ts'
import type { Overview, ServerOverview } from '../overview.ts'
import type { AdminParts } from '../parts.ts'
import type { KeyShares } from './key-shares.ts'
import { serverDetail, spanOf } from './server-detail.ts'

/** Every server in detail. `overview` is of the same sample. */
export function serversReply(
  parts: AdminParts,
  overview: Overview,
  shares: KeyShares,
): ServersReply {
  const all = overview.servers.reduce((sum, one) => sum + (one.operationsPerSecond ?? 0), 0)
  const servers = overview.servers.map((figures) => ringServer(parts, figures, all, shares))
  return { schemaVersion: 1, servers }
}

function ringServer(
  parts: AdminParts,
  { restarts: _, ...figures }: ServerOverview,
  allOperations: number,
  shares: KeyShares,
): RingServer {
  const { server, operationsPerSecond } = figures
  const known = parts.server(server)
  const span = spanOf(parts.sampler.details, server)
  const skew: Seconds | undefined = span?.after.skew
  return {
    ...figures,
    weight: known?.weight ?? 1,
    keyShare: known === undefined ? null : shares.of(known),
    receivers: known === undefined ? null : shares.receiversOf(known),
    trafficShare:
      operationsPerSecond === null || allOperations === 0
        ? null
        : operationsPerSecond / allOperations,
    ...parts.states.of(server),
    aliases: parts.aliases
      .filter(({ client }) => client?.servers.includes(server) === true)
      .map(({ alias }) => alias),
    clockSkew: skew === undefined ? null : Math.round(skew),
    detail: serverDetail(span),
  }
}

/** What the health checks look at. */
export async function healthServers(
  parts: AdminParts,
  overview: Overview,
  shares: KeyShares,
): Promise<HealthServer[]> {
  return Promise.all(
    overview.servers.map(async (figures) => {
      const known = parts.server(figures.server)
      const span = spanOf(parts.sampler.details, figures.server)
      return {
        figures,
        restarts: figures.restarts,
        keyShare: known === undefined ? null : shares.of(known),
        figured: serverDetail(span),
        detail: span?.after,
        settings:
          known === undefined || !figures.up
            ? undefined
            : await parts.slow.settings(known.client, known.name),
      }
    }),
  )
}
