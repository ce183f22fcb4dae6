import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { ask } from '../../support/raw.ts'

// What ships, on a pseudo-terminal: `script` of util-linux makes one.
const MAIN = new URL('../../../dist/cli/main.js', import.meta.url).pathname

const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'

let server: MemcachedServer
let place: string

beforeAll(async () => {
  server = await startMemcached()
  place = `127.0.0.1:${server.port}`
})

afterAll(() => server.kill())

describe('reprise top on a terminal', () => {
  it('takes the whole screen, answers keys and gives it back', async () => {
    await using terminal = new PseudoTerminal(`top -i 0.2 -s ${place}`)
    await terminal.shows('sorted by server')
    terminal.type('s')
    await terminal.shows('sorted by hit ratio')
    terminal.type('r')
    await terminal.shows('hit ratio, reversed')
    terminal.type('h')
    await terminal.shows('turns the order round')
    terminal.type('x')
    terminal.type('p')
    await terminal.shows('reversed, paused')
    terminal.type('q')

    expect(await terminal.ended()).toBe(0)
    expect(terminal.text.startsWith(ENTER)).toBe(true)
    expect(terminal.text.endsWith(LEAVE)).toBe(true)
    expect(terminal.text).toContain(place)
  })

  it('gives it back when it is interrupted by a key', async () => {
    await using terminal = new PseudoTerminal(`top -i 0.2 -s ${place}`)
    await terminal.shows('sorted by server')
    terminal.type('\u0003')

    expect([await terminal.ended(), terminal.text.endsWith(LEAVE)]).toEqual([130, true])
  })

  it.each([
    ['INT', 130],
    ['TERM', 143],
  ])('gives it back when it is sent SIG%s', async (signal, code) => {
    const before = `(sleep 1; kill -${signal} $$) & exec `
    await using terminal = new PseudoTerminal(`top -i 0.2 -s ${place}`, {}, before)

    expect([await terminal.ended(), terminal.text.endsWith(LEAVE)]).toEqual([code, true])
  })

  it('leaves the terminal as it was: typing is seen and lines are lines', async () => {
    const settings = `stty -a | grep -o -- '-\\?\\(icanon\\|echo\\|isig\\) ' | tr -d '\\n'`
    await using terminal = new PseudoTerminal(`top -i 0.2 -s ${place}; ${settings}`)
    await terminal.shows('sorted by server')
    terminal.type('q')

    await terminal.ended()
    const [, after = ''] = terminal.text.split(LEAVE)
    expect(after).toContain('icanon')
    expect(after).not.toContain('-icanon')
    expect(after).not.toContain('-echo')
  })

  it('shows a server that is dead, and goes on', async () => {
    const dead = await startMemcached()
    await dead.kill()
    await using terminal = new PseudoTerminal(`top -i 0.2 -s ${place},127.0.0.1:${dead.port}`)
    await terminal.shows('all servers (1/2 up)')
    terminal.type('q')

    expect(await terminal.ended()).toBe(0)
  })

  it('takes no screen where the terminal is a dumb one', async () => {
    await using terminal = new PseudoTerminal(`top -n 1 -i 0.1 -s ${place}`, { TERM: 'dumb' })

    expect(await terminal.ended()).toBe(0)
    expect(terminal.text).not.toContain('\u001b')
    expect(terminal.text).toMatch(/^\d\d:\d\d:\d\d {2}127\.0\.0\.1:\d+ {2}up {2}hit ratio /)
  })
})

describe('a question on a terminal', () => {
  it.each([
    ['yes\r', 0, ''],
    ['no\r', 1, 'VALUE k 0 1'],
    ['\u0004', 1, 'VALUE k 0 1'],
  ])('is answered by %j', async (answer, code, left) => {
    await ask(server.port, 'set k 0 0 1\r\nv\r\n')
    await using terminal = new PseudoTerminal(`delete k -s ${place}`)
    await terminal.shows('Type yes to go on: ')
    terminal.type(answer)

    expect(await terminal.ended()).toBe(code)
    expect(await ask(server.port, 'get k\r\n')).toContain(left)
    expect((await ask(server.port, 'get k\r\n')).includes('VALUE')).toBe(left !== '')
  })

  it('is nothing to go on where it is interrupted', async () => {
    await ask(server.port, 'set k 0 0 1\r\nv\r\n')
    await using terminal = new PseudoTerminal(`delete k -s ${place}`)
    await terminal.shows('Type yes to go on: ')
    terminal.type('\u0003')

    expect(await terminal.ended()).toBe(130)
    expect(await ask(server.port, 'get k\r\n')).toContain('VALUE k')
  })
})

describe('colors', () => {
  it.each([
    ['', {}, true],
    ['--no-color', {}, false],
    ['', { NO_COLOR: '1' }, false],
    ['', { TERM: 'dumb' }, false],
    ['', { NO_COLOR: '1', FORCE_COLOR: '1' }, true],
  ])('on a terminal with %j and %j: %s', async (option, env, isColored) => {
    await using terminal = new PseudoTerminal(`stats -i 0.1 -s ${place} ${option}`, env)

    expect(await terminal.ended()).toBe(0)
    expect(terminal.text.includes('\u001b[')).toBe(isColored)
  })
})

/** A shell's view of `reprise`, with a terminal in between. */
class PseudoTerminal implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #closed: Promise<unknown[]>
  text = ''

  constructor(command: string, env: Readonly<Record<string, string>> = {}, before = '') {
    const line = `${before}${process.execPath} ${MAIN} ${command}`
    const { NO_COLOR: _, FORCE_COLOR: __, ...inherited } = process.env
    this.#child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
      env: { ...inherited, TERM: 'xterm', SHELL: '/bin/bash', ...env },
    })
    this.#closed = once(this.#child, 'close')
    this.#child.stdout.setEncoding('utf8')
    this.#child.stdout.on('data', (text: string) => {
      this.text += text
    })
  }

  type(keys: string): void {
    this.#child.stdin.write(keys)
  }

  async shows(text: string): Promise<void> {
    await eventually(async () => this.text.includes(text))
  }

  /** The exit code. */
  async ended(): Promise<unknown> {
    const [code] = await this.#closed
    return code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#closed
  }
}
