const LEAST_BATCH_US = 5000

/**
 * Answers the parent's `{ ms }` with what `run` did in so much of this process's CPU time, and other
 * questions by `others`, from the key of the question to what answers it.
 */
export function answerTurns(run, others = {}) {
  const measure = measured(run)
  process.on('message', async ({ ms, ...question }) => {
    const [asked] = Object.keys(question)
    process.send(asked === undefined ? await measure(ms) : await others[asked](question[asked]))
  })
  process.on('disconnect', () => process.exit())
  process.send('ready')
}

// By CPU time, so that a turn is as long on a busy machine. No forced garbage collection before: a
// client's own garbage is its cost, and after `gc()` the code of clients with many promises ran four
// times slower for tens of milliseconds (Node 20).
function measured(run) {
  let batch = 64
  return async (ms) => {
    // Another process has had the caches.
    const unmeasured = await run(batch)
    const cpu = process.cpuUsage()
    const start = process.hrtime.bigint()
    let operations = 0
    let cpuUs = 0
    while (cpuUs < ms * 1000) {
      operations += await run(batch)
      const { user, system } = process.cpuUsage(cpu)
      if (user + system - cpuUs < LEAST_BATCH_US) batch *= 2
      cpuUs = user + system
    }
    const wallUs = Number(process.hrtime.bigint() - start) / 1000
    return { operations, cpuUs, wallUs, unmeasured }
  }
}
