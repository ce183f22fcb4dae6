import { describe, expect, it } from 'vitest'
import { liveStream } from '../../../src/admin/live.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'

describe('liveStream', () => {
  it('begins with what is known, and goes on with each sample', async () => {
    const { source, sample } = makeSource()
    const reader = liveStream(source, new AbortController().signal).getReader()

    expect(await read(reader)).toBe('event: sample\ndata: {"n":0}\n\n')
    const next = read(reader)
    sample()

    expect(await next).toBe('event: sample\ndata: {"n":1}\n\n')
  })

  it('keeps nothing for a reader that is slow: it gets the newest it was ready for', async () => {
    const { source, sample } = makeSource()
    const reader = liveStream(source, new AbortController().signal).getReader()

    for (let i = 0; i < 1000; i++) sample()

    expect(await read(reader)).toBe('event: sample\ndata: {"n":0}\n\n')
    const next = read(reader)
    sample()
    expect(await next).toBe('event: sample\ndata: {"n":1001}\n\n')
  })

  it('lets go of the source when the reader leaves', async () => {
    const { source, listeners } = makeSource()
    const reader = liveStream(source, new AbortController().signal).getReader()
    expect(listeners.size).toBe(1)

    await reader.cancel()

    expect(listeners.size).toBe(0)
  })

  it('ends and lets go when the request is aborted', async () => {
    const { source, listeners } = makeSource()
    const aborted = new AbortController()
    const reader = liveStream(source, aborted.signal).getReader()
    await reader.read()

    aborted.abort()

    expect((await reader.read()).done).toBe(true)
    expect(listeners.size).toBe(0)
  })

  it('ends at once for a request that was aborted before', async () => {
    const { source, listeners } = makeSource()
    const reader = liveStream(source, AbortSignal.abort()).getReader()

    expect((await reader.read()).done).toBe(true)
    expect(listeners.size).toBe(0)
  })

  it('says every 15 seconds that it is there', async () => {
    const { source, clock } = makeSource()
    const reader = liveStream(source, new AbortController().signal).getReader()
    await reader.read()
    const next = read(reader)

    clock.advance(15)

    expect(await next).toBe(': still here\n\n')
  })

  it('ends after ten minutes, so that the browser is asked again who it is', async () => {
    const { source, clock, listeners } = makeSource()
    const reader = liveStream(source, new AbortController().signal).getReader()
    await reader.read()
    for (let beats = 0; beats < 40; beats++) {
      clock.advance(15)
      await reader.read()
    }

    expect((await reader.read()).done).toBe(true)
    expect(listeners.size).toBe(0)
  })
})

function makeSource() {
  const clock = new FakeClock()
  const listeners = new Set<() => void>()
  let n = 0
  const source = {
    clock,
    subscribe(listener: () => void) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    data: () => JSON.stringify({ n }),
  }
  const sample = () => {
    n++
    for (const listener of listeners) listener()
  }
  return { source, sample, listeners, clock }
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  return new TextDecoder().decode((await reader.read()).value)
}
