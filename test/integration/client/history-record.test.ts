import { describe, expect, it } from 'vitest'
import { CacheError } from '../../../src/errors.ts'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { ActLog, GAVE_UP, type Intent, type Told } from '../../support/client-history/acts.ts'
import { readStamp, stamped } from '../../support/client-history/stamp.ts'

describe('ActLog', () => {
  const intent: Intent = { process: 0, key: 'k', call: 'set', effect: 'store', id: 'v' }

  it.each([
    ['a success', async (): Promise<Told[]> => [{}], { failed: false, landed: 'yes' }],
    ['a refusal', async () => [{ landed: false }], { failed: false, landed: 'no' }],
    ['a failure', () => fail('unknown'), { failed: true, landed: 'maybe' }],
    ['what its caller gave up', () => Promise.reject(GAVE_UP), { landed: 'maybe', givenUp: true }],
    ['one that says it was not applied', () => fail('no'), { failed: true, landed: 'no' }],
  ] as const)('takes down %s', async (_, run, expected) => {
    const log = new ActLog()

    await log.note([intent], run)

    expect(log.acts).toMatchObject([{ ...intent, ...expected }])
  })

  it('rejects with what is no error of the client', async () => {
    const broken = () => Promise.reject(new TypeError('a defect'))

    await expect(new ActLog().note([intent], broken)).rejects.toThrow('a defect')
  })
})

describe('readStamp', () => {
  const stamp = { key: 'k', writer: 3, sequence: 17 }
  const bytes = stamped(stamp, 200, seededRandom(1))

  it('gives back the stamp of a whole value', () => {
    expect(readStamp(bytes)).toEqual(stamp)
  })

  it.each([
    ['cut', bytes.subarray(0, -1), /checksum is wrong/],
    ['cut to nothing', bytes.subarray(0, 0), /checksum is wrong/],
    ['changed', Buffer.from(bytes).fill('x', 100, 101), /checksum is wrong/],
    ['longer', Buffer.concat([bytes, Buffer.from('\r\n')]), /checksum is wrong/],
  ])('tells that a value is %s', (_, other, complaint) => {
    expect(readStamp(other)).toMatch(complaint)
  })
})

function fail(applied: 'no' | 'unknown'): Promise<never> {
  return Promise.reject(new CacheError('ERR_CONNECTION', 'The server is gone.', { applied }))
}
