import { describe, expect, it } from 'vitest'
import { coveringClients } from '../../../src/admin/readings.ts'

describe('coveringClients', () => {
  it('leaves out a client whose servers another one reaches', () => {
    const both = clientOf(['a:1', 'b:1'])

    expect(coveringClients([clientOf(['b:1']), both])).toEqual([both])
  })

  it('keeps a client that has not discovered its servers yet', () => {
    const [known, discovering] = [clientOf(['a:1']), clientOf([])]

    expect(coveringClients([known, discovering])).toEqual([known, discovering])
  })
})

function clientOf(servers: readonly string[]) {
  return { servers, stats: () => Promise.resolve([]) }
}
