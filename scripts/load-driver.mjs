// A closed loop over loopback: so many visitors, each asks for the next page when the last one is there.
import { Agent, request } from 'node:http'

/**
 * Asks `port` for what `next` gives, with `concurrency` connections, until `seconds` have passed or
 * `next` gives nothing more. Resolves to what was seen.
 */
export async function drive({ port, concurrency, seconds, next }) {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const seen = { latencies: [], views: 0, hits: 0, writes: 0, errors: new Map() }
  const startedMs = performance.now()
  const untilMs = startedMs + seconds * 1000
  const visitor = async () => {
    while (performance.now() < untilMs) {
      const wanted = next()
      if (wanted === undefined) return
      await visit(port, agent, wanted, seen)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, visitor))
  const tookSeconds = (performance.now() - startedMs) / 1000
  agent.destroy()
  return { ...seen, tookSeconds }
}

async function visit(port, agent, { method, path, body }, seen) {
  const startedMs = performance.now()
  try {
    const { status, cacheStatus, isWhole } = await ask(port, agent, method, path, body)
    const wanted = method === 'POST' ? 303 : 200
    if (status !== wanted) note(seen.errors, `${method} answered ${status}`)
    else if (method === 'GET' && !isWhole) note(seen.errors, 'a page without its end')
    if (method === 'POST') seen.writes += 1
    else {
      seen.views += 1
      if (/;\s*hit\b/.test(cacheStatus)) seen.hits += 1
    }
  } catch (error) {
    note(seen.errors, error.code ?? error.message)
  }
  seen.latencies.push(performance.now() - startedMs)
}

function ask(port, agent, method, path, body) {
  const headers =
    body === undefined
      ? {}
      : {
          'Content-Type': 'application/x-www-form-urlencoded',
          'Content-Length': Buffer.byteLength(body),
          'Sec-Fetch-Site': 'same-origin',
        }
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, agent, method, path, headers })
    outgoing.once('error', reject)
    outgoing.once('response', (response) => {
      const status = response.statusCode
      const cacheStatus = response.headers['cache-status'] ?? ''
      let end = ''
      response.on('data', (chunk) => {
        end = (end + chunk.toString('latin1', Math.max(0, chunk.length - 16))).slice(-16)
      })
      response.once('error', reject)
      response.once('end', () => {
        resolve({ status, cacheStatus, isWhole: end.trimEnd().endsWith('</html>') })
      })
    })
    outgoing.end(body)
  })
}

function note(errors, what) {
  errors.set(what, (errors.get(what) ?? 0) + 1)
}

/** The value below which `share` of the sorted `values` lie. */
export function percentile(values, share) {
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN
}
