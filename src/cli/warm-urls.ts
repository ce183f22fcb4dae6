import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Io } from './io.ts'
import { UsageError } from './usage.ts'

/** An address that may be asked for, without what is no part of a request. */
export function pageUrl(text: string, base?: string): URL | undefined {
  if (!URL.canParse(text, base)) return undefined
  const url = new URL(text, base)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined
  url.hash = ''
  return url
}

/** @throws {@link UsageError} naming `source`. */
export function checkedUrl(text: string, source: string): string {
  const url = pageUrl(text)
  if (url === undefined) {
    throw new UsageError(`${source} is ${text}: it must be an http or https address.`)
  }
  if (url.username !== '' || url.password !== '') {
    // `fetch` takes none, and nobody should write one there.
    throw new UsageError(`${source} has a password in it: addresses must have none.`)
  }
  return url.href
}

/** One address per line; empty lines and those that begin with `#` are left out. */
export function readUrlList(text: string, source: string): string[] {
  return text.split(/\r?\n/).flatMap((line, i) => {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) return []
    return checkedUrl(trimmed, `Line ${i + 1} of ${source}`)
  })
}

/** `-` is the standard input. */
export async function readListFile(path: string, { stdin, cwd }: Io): Promise<string[]> {
  if (path === '-') return readUrlList(await readInput(stdin), 'the standard input')
  try {
    return readUrlList(await readFile(resolve(cwd, path), 'utf8'), path)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`The list ${path} cannot be read.`)
  }
}

export async function readInput(stdin: Io['stdin']): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}
