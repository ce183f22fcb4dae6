import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'

export interface Answer<T> {
  readonly reply: T | undefined
  /** Why there is none, or no newer one. */
  readonly error: string | undefined
  /** Asks again, now. */
  readonly again: () => void
}

interface Asked<T> {
  readonly path: string | undefined
  readonly reply: T | undefined
  readonly error: string | undefined
}

/** What `path` answers, asked anew every `everyMs` while the tab is seen. `undefined`: not asked for. */
export function useApi<T>(path: string | undefined, everyMs = 2000): Answer<T> {
  const asked = useSignal<Asked<T>>(NOTHING)
  const askNow = useRef(() => {})
  // biome-ignore lint/correctness/useExhaustiveDependencies: the signal is the same at each rendering.
  useEffect(() => {
    if (path === undefined) return
    const left = new AbortController()
    let isAsking = false
    const ask = async (): Promise<void> => {
      if (isAsking || document.hidden) return
      isAsking = true
      const answer = await askApi<T>(path, { signal: left.signal })
      isAsking = false
      if (left.signal.aborted) return
      const before = asked.peek()
      asked.value =
        'reply' in answer
          ? { path, reply: answer.reply, error: undefined }
          : { path, reply: before.path === path ? before.reply : undefined, error: answer.error }
    }
    askNow.current = () => void ask()
    void ask()
    const timer = Number.isFinite(everyMs) ? window.setInterval(ask, everyMs) : undefined
    return () => {
      left.abort()
      window.clearInterval(timer)
    }
  }, [path, everyMs])
  // Of another path it would be an answer to another question.
  const { reply, error } = asked.value.path === path ? asked.value : NOTHING
  return { reply, error, again: () => askNow.current() }
}

const NOTHING = { path: undefined, reply: undefined, error: undefined }

/** Posts as the dashboard does: a form of another page cannot. */
export function post<T>(path: string, body: object): Promise<{ reply: T } | { error: string }> {
  const headers = { 'content-type': 'application/json', 'x-reprise-admin': '1' }
  return askApi(path, { method: 'POST', headers, body: JSON.stringify(body) })
}

export async function askApi<T>(
  path: string,
  init: RequestInit,
): Promise<{ reply: T } | { error: string }> {
  try {
    const response = await fetch(`api/${path}`, { cache: 'no-store', ...init })
    const text = await response.text()
    if (response.ok) return { reply: JSON.parse(text) as T }
    return { error: reasonIn(text) }
  } catch {
    return { error: 'The server cannot be reached.' }
  }
}

function reasonIn(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown }
    return typeof error === 'string' ? error : text
  } catch {
    return text.trim()
  }
}
