// The visitors, in a process of their own on a core of their own.
import { setTimeout as sleep } from 'node:timers/promises'
import { Connection } from './connection.mjs'
import { cpuSeconds } from './cores.mjs'

// Until all connections are open and the server has its hands full.
const LEAD_MS = 100
const GLANCE_MS = 20
// A server that the machine gives so little of a core is not measured any longer.
const PATIENCE = 20

process.on('message', async ({ turn }) => process.send(await load(turn)))
process.on('disconnect', () => process.exit())
process.send('ready')

/**
 * Loads a server for `ms` of its CPU time, so that a turn is as long on a busy machine, and tells what
 * it answered meanwhile.
 */
async function load({ port, pids, path, bytes, connections, ms }) {
  const request = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'Accept-Language: en-GB,en;q=0.5',
    '\r\n',
  ].join('\r\n')
  const options = { port, bytes, request: Buffer.from(request) }
  const all = Array.from({ length: connections }, () => new Connection(options))
  await sleep(LEAD_MS)
  const before = sample(all, pids)
  let after = before
  do {
    await sleep(GLANCE_MS)
    after = sample(all, pids)
    if (Number(after.at - before.at) / 1e6 > PATIENCE * ms) throw new Error('It hardly runs.')
  } while ((after.cpu - before.cpu) * 1000 < ms)
  await Promise.all(all.map((each) => each.stop()))
  return {
    operations: after.answered - before.answered,
    cpuUs: (after.cpu - before.cpu) * 1e6,
    wallUs: Number(after.at - before.at) / 1000,
  }
}

function sample(all, pids) {
  return {
    answered: all.reduce((sum, { answered }) => sum + answered, 0),
    cpu: cpuSeconds(pids),
    at: process.hrtime.bigint(),
  }
}
