// The floor: what a bare socket costs that sends the same commands, encoded before the clock starts,
// and of the replies only counts the ends. No promise per command, no copy, no check beyond the
// reply's first letter. It sends a window of commands in one write and the next window when the last
// reply has come, so its writes are as few as can be.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { ReplyCounter } from './reply-counter.mjs'

/**
 * Has `start` in place of the other clients' methods: it runs a whole workload by itself.
 * `fixedBuffer`: reads into one buffer over and over, which spares the socket an allocation per read.
 */
export async function open({ servers, fixedBuffer }) {
  const lanes = await Promise.all(servers.map((server) => openLane(server, fixedBuffer)))
  return { start: (workload, entries) => prepare(lanes, workload, entries) }
}

async function openLane(server, fixedBuffer = false) {
  const [host, port] = server.split(':')
  const lane = { onChunk: () => undefined }
  const callback = (length, buffer) => {
    lane.onChunk(buffer.subarray(0, length))
    return true
  }
  const onread = fixedBuffer ? { onread: { buffer: Buffer.alloc(65_536), callback } } : {}
  lane.socket = connect({ host, port: Number(port), noDelay: true, ...onread })
  await once(lane.socket, 'connect')
  if (!fixedBuffer) lane.socket.on('data', (chunk) => lane.onChunk(chunk))
  return lane
}

async function prepare(lanes, workload, entries) {
  const each = workload.keysPerCall ?? 1
  const perWindow = Math.ceil(workload.concurrency / lanes.length) * each
  await Promise.all(
    lanes.map(async (lane, at) => {
      const mine = [...entries].filter((_, i) => i % lanes.length === at)
      await seed(lane, mine)
      await check(lane, mine)
      lane.windows = windows(workload, mine, perWindow)
    }),
  )
  return async (count) => (await run(lanes, count * each)) / each
}

/** The commands of a workload in as many writes as it takes to name every key. */
function windows({ verb }, entries, size) {
  const command = (i) => {
    const [key, value] = entries[i % entries.length]
    const isSet = verb === 'set' || (verb === 'mix' && i % 10 === 9)
    return isSet ? `ms ${key} ${value.length} T3600\r\n${value}\r\n` : `mg ${key} v\r\n`
  }
  return Array.from({ length: Math.max(1, Math.floor(entries.length / size)) }, (_, w) => ({
    bytes: Buffer.from(Array.from({ length: size }, (_, i) => command(w * size + i)).join('')),
    replies: size,
  }))
}

/** Resolves to how many commands were answered: `count`, rounded up to a window per server. */
async function run(lanes, count) {
  const answered = await Promise.all(lanes.map((lane) => flow(lane, count / lanes.length)))
  return answered.reduce((sum, replies) => sum + replies, 0)
}

function flow(lane, count) {
  return new Promise((resolve, reject) => {
    const { socket, windows } = lane
    const counter = new ReplyCounter()
    let answered = 0
    let due = 0
    let next = 0
    const write = () => {
      const { bytes, replies } = windows[next]
      next = (next + 1) % windows.length
      due = replies
      socket.write(bytes)
    }
    lane.onChunk = (chunk) => {
      const ends = counter.count(chunk)
      if (ends < 0 || ends > due) return reject(new Error(`Unexpected reply: ${chunk}`))
      answered += ends
      due -= ends
      if (due > 0) return
      if (answered < count) write()
      else resolve(answered)
    }
    write()
  })
}

async function seed(lane, entries) {
  lane.windows = windows({ verb: 'set' }, entries, entries.length)
  await flow(lane, entries.length)
}

/** Compares every value with what was stored, byte for byte. */
async function check(lane, entries) {
  const expected = entries.map(([, value]) => `VA ${value.length}\r\n${value}\r\n`).join('')
  const chunks = []
  await new Promise((resolve) => {
    let bytes = 0
    lane.onChunk = (chunk) => {
      chunks.push(Buffer.from(chunk))
      bytes += chunk.length
      if (bytes >= expected.length) resolve()
    }
    lane.socket.write(entries.map(([key]) => `mg ${key} v\r\n`).join(''))
  })
  const same = Buffer.concat(chunks).equals(Buffer.from(expected))
  assert.ok(same, 'The floor read other values than were stored.')
}
