import { expect, it } from 'vitest'
import { FailureMemory } from '../../../src/cache/failure-memory.ts'
import { FakeClock } from '../../../src/testing/index.ts'

it('remembers why a computation failed, as long as it is backed off from', () => {
  const clock = new FakeClock()
  const failures = new FailureMemory(clock)
  failures.remember('k', undefined, 5)
  clock.advance(4.9)
  expect(failures.of('k')).toMatchObject({ error: undefined })
  failures.remember('k', 'later', 5)
  clock.advance(4.9)
  expect(failures.of('k')).toMatchObject({ error: 'later' })
  clock.advance(0.1)

  expect(failures.of('k')).toBeUndefined()
  expect(failures.of('other')).toBeUndefined()
})

it('remembers the last 1000', () => {
  const failures = new FailureMemory(new FakeClock())
  for (let i = 0; i < 1001; i++) failures.remember(`k${i}`, i, 60)

  expect(failures.of('k0')).toBeUndefined()
  expect(failures.of('k1')).toMatchObject({ error: 1 })
  expect(failures.of('k1000')).toMatchObject({ error: 1000 })
})
