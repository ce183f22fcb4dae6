import { describe, expect, it } from 'vitest'
import { type QuietReaders, ReadRun } from '../../../src/client/routing/read-run.ts'
import { InFlight } from '../../../src/net/in-flight.ts'
import { RequestWriter } from '../../../src/protocol/encode.ts'
import { Opaques } from '../../../src/protocol/opaques.ts'
import { keyEnd, PLAIN_FLAGS, ReadLines } from '../../../src/protocol/read-lines.ts'

describe('quiet reads that are answered, but for their end', () => {
  it('name no key, so that what ends them can be told', () => {
    const run = answeredRun()

    expect(run.left).toBe(0)
    expect(run.command).toMatchObject({ verb: 'mg', key: { token: '' } })
  })

  it('have no further reply', () => {
    const inFlight = new InFlight(1, () => {})
    const run = answeredRun()
    inFlight.queue.push(run)

    expect(inFlight.due(run.opaque)).toBeUndefined()
  })
})

/** Of one read, which was a hit. */
function answeredRun(): ReadRun {
  const lines = new ReadLines(new Opaques())
  lines.addQuiet('k')
  const run = new ReadRun(WAY, READERS, lines, 0, PLAIN_FLAGS, READERS)
  run.writeTo(new RequestWriter(), 1)
  run.step(keyEnd(run.sentIn, run.keyAt))
  return run
}

const WAY = { name: 'server', again: () => false }

const READERS: QuietReaders = {
  found() {},
  answered() {},
  failed() {},
  missed() {},
  ended() {},
}
