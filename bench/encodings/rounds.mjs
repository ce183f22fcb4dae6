const ROUNDS = 9

/**
 * Microseconds of CPU time per call of each row, all threads: the median of rounds in which the rows
 * take turns. CPU time, because it depends less on what else the machine does.
 */
export async function microseconds(rows, roundMs = 40) {
  const samples = new Map(rows.map(([name]) => [name, []]))
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, run] of rows) {
      const figure = await measure(run, roundMs)
      // The first round only warms up.
      if (round >= 0) samples.get(name).push(figure)
    }
  }
  return new Map(Array.from(samples, ([name, figures]) => [name, median(figures)]))
}

async function measure(run, roundMs) {
  const start = process.cpuUsage()
  let calls = 0
  let batch = 1
  let elapsed = 0
  while (elapsed < roundMs * 1000) {
    for (let i = 0; i < batch; i++) {
      const result = run()
      if (result instanceof Promise) await result
    }
    calls += batch
    const { user, system } = process.cpuUsage(start)
    elapsed = user + system
    // So many that the clock is no part of the figure.
    if (elapsed < roundMs * 50) batch *= 2
  }
  return elapsed / calls
}

function median(figures) {
  return figures.sort((a, b) => a - b)[figures.length >> 1]
}

export function shown(figure) {
  return figure < 10 ? figure.toFixed(2) : figure < 100 ? figure.toFixed(1) : figure.toFixed(0)
}
