import { optionError } from '../../errors.ts'
import type { Router } from '../routing/router.ts'
import type { Server } from '../routing/server.ts'

// What the iterators with connections of their own, `keys` and `watch`, are asked for alike.

export function checkCount(option: string, value: number, min: number, max: number): number {
  const isWhole = Number.isInteger(value) || value === Infinity
  if (isWhole && value >= min && value <= max) return value
  const range = max === Infinity ? `${min} or more, or Infinity` : `from ${min} to ${max}`
  throw optionError(option, value, `a whole number ${range}`)
}

export function checkSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal
  throw optionError('signal', signal, 'an AbortSignal')
}

/** Refuses what no server is called; where they are not discovered yet, later. */
export function checkServers(router: Router, names: readonly string[] | undefined): void {
  if (names === undefined) return
  if (!Array.isArray(names)) throw optionError('servers', names, "a list of the client's servers")
  if (router.servers.length > 0) chosen(router.servers, names)
}

/** Those that `names` names, each once; all where it is left out. */
export async function chosenServers(
  router: Router,
  names: readonly string[] | undefined,
): Promise<readonly Server[]> {
  const servers = await router.knownServers()
  return names === undefined ? servers : chosen(servers, names)
}

function chosen(servers: readonly Server[], names: readonly string[]): Server[] {
  return Array.from(new Set<unknown>(names), (name) => {
    const server = servers.find((candidate) => candidate.name === name)
    if (server === undefined) throw optionError('servers', name, "one of the client's `servers`")
    return server
  })
}
