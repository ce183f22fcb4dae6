import { fork } from 'node:child_process'
import { once } from 'node:events'

/** A process that holds one of those compared, and does one thing with it on demand. */
export class Worker {
  #child
  #name
  #ready

  /** `script` reads `job` from its arguments, says `ready`, and answers every message with one. */
  constructor(name, script, job, { node, flags = [] }) {
    this.#name = name
    this.#child = fork(script, [JSON.stringify(job)], { execPath: node, execArgv: flags })
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
    return this.ask({ ms })
  }

  /** Sends `question` and resolves to the answer. */
  ask(question) {
    const answer = this.#answer()
    this.#child.send(question)
    return answer
  }

  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }

  /** The next message; an end without one is its failure, and the whole run's. */
  async #answer() {
    const ended = new AbortController()
    const exit = once(this.#child, 'exit', { signal: ended.signal }).then(() => {
      throw new Error(`\`${this.#name}\` failed: see above.`)
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
