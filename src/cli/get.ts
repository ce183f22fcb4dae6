import { inspect } from 'node:util'
import type { Storable } from '../index.ts'
import { type Command, JSON_OPTION, KEY_OPTIONS, PLACE_OPTIONS } from './command.ts'
import { EXIT } from './io.ts'
import { keyTarget, notFound } from './key-target.ts'
import { Target } from './target.ts'
import { escapedLines, formatJson } from './terminal.ts'
import { UsageError } from './usage.ts'

export const GET: Command = {
  name: 'get',
  words: '<key>',
  fewestWords: 1,
  mostWords: 1,
  summary: 'The value under a key, decoded',
  about: `Shows a value as the application stored it. The key is a whole one, as "reprise
keys" lists them; with --alias it is the application's. Control characters come as
\\u001b, so that no value can do anything to a terminal; --raw writes text and bytes
as they are, but not to a terminal. What has gone stale is shown, and said so.`,
  options: [
    ...PLACE_OPTIONS,
    ...KEY_OPTIONS,
    { flags: '--raw', help: 'Text and bytes as they are, into a file or a pipe' },
    JSON_OPTION,
  ],
  examples: [
    'reprise get shop:1:rates',
    'reprise get rates --alias default',
    'reprise get shop:1:logo.png --raw > logo.png',
  ],
  run: async ({ words: [key = ''], options }, io) => {
    const raw = options.flag('raw')
    if (raw && io.stdout.isTTY === true) {
      throw new UsageError('--raw is for a file or a pipe: a value could command the terminal.')
    }
    await using target = await Target.open(options, io)
    const asked = keyTarget(target, key, options)
    const fresh = await asked.cache.get(asked.key)
    const value = fresh ?? (await asked.cache.get(asked.key, { allowStale: true }))
    const isStale = fresh === undefined && value !== undefined
    if (options.flag('json')) {
      const shown = value === undefined ? { type: null, value: null } : jsonOf(value)
      const whole = { schemaVersion: 1, key: asked.wholeKey, found: value !== undefined }
      io.stdout.write(`${formatJson({ ...whole, stale: isStale, ...shown }, 2)}\n`)
    } else if (value !== undefined) {
      if (isStale) io.stderr.write('The value is stale: it waits to be computed anew.\n')
      io.stdout.write(raw ? rawOf(value) : `${textOf(value)}\n`)
    }
    if (value !== undefined) return EXIT.ok
    io.stderr.write(notFound(asked))
    return EXIT.notFound
  },
}

const DEEP = { depth: 20, maxArrayLength: 1000, maxStringLength: 1_000_000, breakLength: 80 }

function textOf(value: Storable): string {
  if (typeof value === 'string') return escapedLines(value)
  if (value instanceof Uint8Array) return hexDump(value)
  return escapedLines(inspect(value, DEEP))
}

const DUMP_BYTES = 4096
const ROW = 16

/** As `hexdump -C`: where, which, and those that are printable ASCII. */
function hexDump(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, DUMP_BYTES))
  const lines: string[] = []
  for (let at = 0; at < shown.length; at += ROW) {
    const row = shown.subarray(at, at + ROW)
    const hex = row
      .toString('hex')
      .replace(/../g, '$& ')
      .padEnd(ROW * 3)
    const text = row.toString('latin1').replace(/[^ -~]/g, '.')
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex} ${text}`)
  }
  const left = bytes.length - shown.length
  lines.push(left > 0 ? `… and ${left} bytes more (--raw)` : `${bytes.length} bytes`)
  return lines.join('\n')
}

function rawOf(value: Storable): string | Uint8Array {
  if (typeof value === 'string' || value instanceof Uint8Array) return value
  return `${formatJson(jsonOf(value).value)}\n`
}

/** What JSON has no form for comes as Node shows it. */
function jsonOf(value: Storable): { readonly type: string; readonly value: unknown } {
  if (typeof value === 'string') return { type: 'text', value }
  if (value instanceof Uint8Array) {
    return { type: 'bytes', value: Buffer.from(value).toString('base64') }
  }
  try {
    const text = JSON.stringify(value)
    // A Date, a Map or NaN would come out as something else.
    if (inspect(JSON.parse(text), DEEP) === inspect(value, DEEP)) return { type: 'json', value }
  } catch {
    // BigInt, or an object that contains itself.
  }
  return { type: 'other', value: inspect(value, DEEP) }
}
