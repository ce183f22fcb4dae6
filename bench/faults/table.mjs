// The results as one Markdown table: a row for each fault, a column for each client.

/** `results`: by fault and client, what `run.mjs` printed, or `undefined` where it had to be killed. */
export function table(faults, clients, versions, results) {
  const heads = clients.map((client) =>
    versions[client] ? `${client} ${versions[client]}` : client,
  )
  const rows = faults.map((fault) => [
    fault,
    ...clients.map((client) => cell(results(fault, client))),
  ])
  return [['fault', ...heads], ['', ...heads].map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

/** Whether a client did what no client may do. */
export function isBroken(result) {
  return result === undefined || result.wrong > 0 || result.stuck > 0 || result.uncaught > 0
}

function cell(result) {
  if (result === undefined) return '**ended or killed at the time limit**'
  const facts = []
  if (result.wrong > 0) facts.push(`**${result.wrong} wrong**`)
  if (result.stuck > 0) facts.push(`**${result.stuck} stuck**`)
  if (result.uncaught > 0) facts.push(`**${result.uncaught} uncaught**`)
  facts.push(`max ${seconds(result.slowestMs)}`)
  facts.push(`${result.connections} conn`)
  facts.push(
    result.recoveryMs === undefined
      ? '**no answer for 6 s**'
      : `back ${seconds(result.recoveryMs)}`,
  )
  return facts.join(', ')
}

function seconds(ms) {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`
}
