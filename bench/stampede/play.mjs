import { fileURLToPath } from 'node:url'
import { Worker } from '../runner/crew.mjs'

const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url))
const PROCESSES = 4
const CALLERS = 500
const TTL_MS = 1000
const SLOW_MS = 100
// Enough for the message to arrive everywhere.
const SOON_MS = 300

/** The longest that a value may be in use: its lifetime, one computation, and what it takes to hear. */
export const OLDEST_MS = TTL_MS + 200 + 100

/** Each plays one scene with one framework, and resolves to its figures. */
export const SCENES = { cold: playCold, failing: playFailing, hot: playHot }

/** Cold key: 4 processes, 500 callers each, a computation of 200 ms; the worst of `rounds`. */
async function playCold(row, servers, options) {
  const rounds = []
  for (let round = 0; round < options.rounds; round++) {
    const question = { scene: 'cold', key: `cold:${round}`, callers: CALLERS, computeMs: 200 }
    const answers = await play(row, servers, options, PROCESSES, 60_000, question)
    rounds.push({
      computations: sum(answers.map(({ computations }) => computations)),
      slowestMs: Math.max(...answers.map(({ slowestMs }) => slowestMs)),
    })
  }
  return {
    computations: Math.max(...rounds.map(({ computations }) => computations)),
    slowestMs: Math.max(...rounds.map(({ slowestMs }) => slowestMs)),
  }
}

/** A computation that fails after 20 ms: one process, 500 callers. */
async function playFailing(row, servers, options) {
  const question = { scene: 'failing', key: 'failing', callers: CALLERS, computeMs: 20 }
  const [answer] = await play(row, servers, options, 1, 60_000, question)
  return { ...answer, callers: CALLERS }
}

/** Hot key: 4 processes, 1,000 reads/s each, lifetime 1 s, a computation of 200 ms. */
async function playHot(row, servers, options) {
  const { hotMs: forMs } = options
  const question = { scene: 'hot', key: 'hot', forMs, perSecond: 1000, computeMs: 200 }
  const answers = await play(row, servers, options, PROCESSES, TTL_MS, question)
  const reads = answers.flatMap(({ reads }) => reads)
  const loadedAt = Math.min(...reads.map(({ began, tookMs }) => began + tookMs))
  const later = reads.filter(({ began }) => began > loadedAt)
  return {
    computations: sum(answers.map(({ computations }) => computations)),
    reads: reads.length,
    slow: later.filter(({ tookMs }) => tookMs > SLOW_MS).length,
    slowestMs: later.reduce((most, { tookMs }) => Math.max(most, tookMs), 0),
    oldestMs: reads.reduce((most, { ageMs }) => Math.max(most, ageMs), 0),
  }
}

/** The same scene in several processes at the same moment. */
async function play(row, servers, { dist, node }, processes, ttlMs, question) {
  const { store } = row.settings
  const options = { servers: servers[store === 'memcached' ? 'memcached' : 'redis'], dist, ttlMs }
  const crew = Array.from(
    { length: processes },
    () => new Worker(row.name, CHILD, { row, options }, { node }),
  )
  try {
    await Promise.all(crew.map((worker) => worker.ready()))
    const at = Date.now() + SOON_MS
    const key = `${row.name.replaceAll(/[^a-z]/gi, '')}:${question.key}`
    return await Promise.all(crew.map((worker) => worker.ask({ ...question, key, at })))
  } finally {
    await Promise.all(crew.map((worker) => worker.stop()))
  }
}

function sum(figures) {
  return figures.reduce((total, figure) => total + figure, 0)
}
