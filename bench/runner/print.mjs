/** One line that is written over, on a terminal only. */
export function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

export function printSetting({ node, memcached, redis, also = [], cpu, clients }) {
  const servers = [`memcached ${memcached}`, ...(redis ? [`Redis ${redis}`] : []), ...also]
  console.log(`Node ${node}, ${servers.join(', ')}, ${cpu}`)
  console.log(
    Object.entries(clients)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  )
}

export function printClaims(claims) {
  if (claims.length > 0) console.log('\nClaims')
  for (const { text, passed, ratio, against } of claims) {
    const figure = Number.isInteger(ratio) ? ratio : ratio.toFixed(2)
    console.log(`${passed ? 'PASS' : 'FAIL'}  ${text}: ${figure} (${against})`)
  }
}
