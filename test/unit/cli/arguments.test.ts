import { describe, expect, it } from 'vitest'
import { type Invocation, parseArguments } from '../../../src/cli/arguments.ts'
import { COMMANDS } from '../../../src/cli/commands.ts'
import { hint } from '../../../src/cli/usage.ts'

describe('parseArguments', () => {
  it.each([
    [['stats', '--servers', 'a,b:11212', '--interval', '500ms', '--watch', '--json', '--no-color']],
    [['stats', '-s', 'a,b:11212', '-i', '0.5', '-w', '--json', '--no-color']],
    [['stats', '--servers=a,b:11212', '--interval=0.5s', '-w', '--no-color', '--json']],
    [['--json', 'stats', '-w', '--no-color', '-s=a,b:11212', '-i=.5']],
  ])('reads %j', (args) => {
    const { options, words, name } = given(args)

    expect([name, words]).toEqual(['stats', []])
    expect(options.text('servers')).toBe('a,b:11212')
    expect(options.seconds('interval', { least: 0, most: 9, otherwise: 1 })).toBe(0.5)
    expect(['watch', 'json'].map((flag) => options.flag(flag))).toEqual([true, true])
    expect(options.kept('color')).toBe(false)
  })

  it('takes what is left out for left out', () => {
    const { options } = given(['stats'])

    expect(['servers', 'alias', 'config'].map((name) => options.text(name))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect([options.kept('config'), options.kept('color'), options.flag('watch')]).toEqual([
      true,
      true,
      false,
    ])
  })

  it('tells a file from none at all', () => {
    expect(given(['stats', '--config', 'a.mjs']).options.text('config')).toBe('a.mjs')
    expect(given(['stats', '--no-config']).options.kept('config')).toBe(false)
  })

  it.each([
    [['get', '007'], ['007']],
    [['get', '--json', '007'], ['007']],
    [['get', '1e3', '--json'], ['1e3']],
    [['get', '--json', 'true'], ['true']],
    [['get', '--', '-odd'], ['-odd']],
    [['get', '--json', '--', '0x10'], ['0x10']],
  ])('leaves a key as it was written: %j', (args, words) => {
    expect(given(args).words).toEqual(words)
  })

  it.each([
    [['keys', '--prefix', '007'], '007'],
    [['keys', '--prefix=1e3'], '1e3'],
    [['keys', '-p', 'true'], 'true'],
    [['keys', '-p=0x10'], '0x10'],
  ])('leaves text as it was written: %j', (args, prefix) => {
    expect(given(args).options.text('prefix')).toBe(prefix)
  })

  it.each([
    [['--help'], 'reprise', true],
    [['-h'], 'reprise', true],
    [['stats', '--help'], 'stats', true],
    [['stats', '-h', '--interval'], 'stats', true],
    [['get', '-h'], 'get', true],
    [[], 'reprise', false],
  ])('reads %j as a question for the help of %s', (args, of, asked) => {
    const invocation = parseArguments(args, COMMANDS)

    expect(invocation).toMatchObject({ kind: 'help', asked })
    expect(invocation.kind === 'help' && (invocation.of?.name ?? 'reprise')).toBe(of)
  })

  it.each([[['--version']], [['-v']]])('reads %j', (args) => {
    expect(parseArguments(args, COMMANDS)).toEqual({ kind: 'version' })
  })

  it.each([
    [['stat'], 'There is no command stat. Did you mean stats?'],
    [['xyzzy'], 'There is no command xyzzy.'],
    [['stats', '--sever', 'a'], 'There is no option --sever. Did you mean --servers?'],
    [['stats', '--jsno'], 'There is no option --jsno. Did you mean --json?'],
    [['stats', '--wacht'], 'There is no option --wacht. Did you mean --watch?'],
    [['stats', '--no-colour'], 'There is no option --no-colour. Did you mean --no-color?'],
    [['stats', '-x'], 'There is no option -x.'],
    [['stats', '--xyzzyxyzzy'], 'There is no option --xyzzyxyzzy.'],
    [
      ['get', 'k', '--key-prefx', 'a'],
      'There is no option --key-prefx. Did you mean --key-prefix?',
    ],
    [['--nothing'], 'There is no option --nothing.'],
    [['keys', 'items'], 'keys takes no arguments, but it was given items.'],
    [['get'], 'get needs <key>.'],
    [['get', 'a', 'b'], 'get takes <key>, but it was given a b.'],
  ])('refuses %j', (args, message) => {
    expect(() => parseArguments(args, COMMANDS)).toThrow(message)
  })
})

describe('Options', () => {
  const range = { least: 0.1, most: 86_400, otherwise: 1 }

  it.each([
    [['--servers'], '--servers needs a value.'],
    [['--servers', '--json'], '--servers needs a value.'],
    [['--servers', ''], '--servers needs a value.'],
    [['--servers', 'a', '--servers', 'b'], '--servers is given more than once.'],
  ])('refuses %j', (args, message) => {
    expect(() => given(['stats', ...args]).options.text('servers')).toThrow(message)
  })

  it.each([
    ['soon', '--interval is soon: it must be a time from 0.1 seconds to a day'],
    ['0', '--interval is 0: it must be a time from 0.1 seconds to a day'],
    ['2d', '--interval is 2d: it must be a time from 0.1 seconds to a day'],
    ['1.2.3', '--interval is 1.2.3: it must be a time from 0.1 seconds to a day'],
  ])('refuses an interval of %s', (text, message) => {
    const { options } = given(['stats', '--interval', text])

    expect(() => options.seconds('interval', range)).toThrow(message)
  })

  it.each(['-1', '1.5', '1e3', 'many', '101'])('refuses a limit of %s', (text) => {
    const { options } = given(['keys', `--limit=${text}`])

    expect(() => options.count('limit', { least: 1, most: 100, otherwise: 9 })).toThrow(
      `--limit is ${text}: it must be a whole number from 1 to 100.`,
    )
  })

  it('reads a number, or takes the usual one', () => {
    const limits = { least: 1, most: 100, otherwise: 9 }

    expect(given(['keys', '-n', '42']).options.count('limit', limits)).toBe(42)
    expect(given(['keys']).options.count('limit', limits)).toBe(9)
  })
})

describe('hint', () => {
  it('names the nearest', () => {
    expect(hint('--intervall', ['--servers', '--interval'])).toBe(' Did you mean --interval?')
  })

  it('names nothing where nothing is near', () => {
    expect(hint('--zzzzzz', ['--servers', '--interval'])).toBe('')
  })
})

function given(args: readonly string[]) {
  const invocation: Invocation = parseArguments(args, COMMANDS)
  if (invocation.kind !== 'run') throw new Error(`It is ${invocation.kind}.`)
  return { name: invocation.command.name, ...invocation.given }
}
