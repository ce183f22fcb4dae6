import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { CLIENTS } from './clients.mjs'

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url))

/** A process that holds one client and measures one workload on demand. */
export class Worker {
  #child
  #client
  #ready

  constructor(client, workload, { servers, dist, node, flags = [] }) {
    this.#client = client
    const { adapter = client, settings } = CLIENTS[client]
    const job = { client, adapter, workload, options: { servers, dist, ...settings } }
    this.#child = fork(WORKER, [JSON.stringify(job)], {
      execPath: node,
      execArgv: flags,
    })
    // Listened for from the start: a message or an end that nobody awaits yet would be lost.
    this.#ready = this.#answer()
    this.#ready.catch(() => undefined)
  }

  get pid() {
    return this.#child.pid
  }

  ready() {
    return this.#ready
  }

  /** Works for `ms` of its process's CPU time, and resolves to what was done. */
  run(ms) {
    const answer = this.#answer()
    this.#child.send({ ms })
    return answer
  }

  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }

  /** The next message; an end without one is the client's failure, and the whole run's. */
  async #answer() {
    const ended = new AbortController()
    const exit = once(this.#child, 'exit', { signal: ended.signal }).then(() => {
      throw new Error(`The client \`${this.#client}\` failed: see above.`)
    })
    exit.catch(() => undefined)
    try {
      const [message] = await Promise.race([once(this.#child, 'message'), exit])
      return message
    } finally {
      ended.abort()
    }
  }
}
