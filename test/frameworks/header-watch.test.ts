import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { watchReads } from '../../src/frameworks/header-watch.ts'

function watched() {
  const request = new IncomingMessage(new Socket())
  request.headers = { 'user-agent': 'a', accept: 'text/html' }
  const reads = watchReads(request)
  return { request, reads }
}

describe('watchReads', () => {
  it('notices what is read, whether it is there or not', () => {
    const { request, reads } = watched()
    const values = [request.headers['user-agent'], request.headers.origin, request.headers.host]

    expect(values).toEqual(['a', undefined, undefined])
    expect([...reads]).toEqual(['user-agent', 'origin'])
  })

  it.each(['accept', 'accept-encoding', 'x-requested-with'])('notices %s', (name) => {
    const { request, reads } = watched()

    expect(request.headers[name]).toBe(name === 'accept' ? 'text/html' : undefined)
    expect([...reads]).toEqual([name])
  })

  it.each<[string, (headers: object) => unknown]>([
    ['spread', (headers) => ({ ...headers })],
    ['written as JSON', (headers) => JSON.parse(JSON.stringify(headers))],
    ['listed', (headers) => Object.fromEntries(Object.entries(headers))],
  ])('does not mind that all of them are %s', (_how, copy) => {
    const { request, reads } = watched()

    expect(copy(request.headers)).toEqual({ 'user-agent': 'a', accept: 'text/html' })
    expect([...reads]).toEqual([])
  })

  it('notices one that is read after that', async () => {
    const { request, reads } = watched()
    JSON.stringify(request.headers)
    await setImmediate()

    expect(request.headers['user-agent']).toBe('a')
    expect([...reads]).toEqual(['user-agent'])
  })

  it('notices who asks whether one is there', () => {
    const { request, reads } = watched()

    expect(['origin' in request.headers, Object.hasOwn(request.headers, 'accept')]).toEqual([
      false,
      true,
    ])
    expect([...reads]).toEqual(['origin', 'accept'])
  })

  it('lets headers be changed, and watches only once', () => {
    const { request, reads } = watched()
    request.headers.accept = 'text/plain'
    delete request.headers['user-agent']

    expect({ ...request.headers }).toEqual({ accept: 'text/plain' })
    expect('user-agent' in request.headers).toBe(false)
    expect(watchReads(request)).toBe(reads)
  })
})
