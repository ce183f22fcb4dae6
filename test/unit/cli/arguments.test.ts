import { describe, expect, it } from 'vitest'
import { parseArguments } from '../../../src/cli/arguments.ts'
import { hint } from '../../../src/cli/usage.ts'

describe('parseArguments', () => {
  it('fills in what is left out', () => {
    expect(parseArguments(['stats'])).toEqual({
      command: 'stats',
      servers: undefined,
      interval: 1,
      watch: false,
      json: false,
      color: true,
    })
  })

  it.each([
    [['stats', '--servers', 'a,b:11212', '--interval', '500ms', '--watch', '--json', '--no-color']],
    [['stats', '-s', 'a,b:11212', '-i', '0.5', '-w', '--json', '--no-color']],
    [['stats', '--servers=a,b:11212', '--interval=0.5s', '-w', '--no-color', '--json']],
    [['--json', 'stats', '-w', '--no-color', '-s=a,b:11212', '-i=.5']],
  ])('reads %j', (args) => {
    expect(parseArguments(args)).toEqual({
      command: 'stats',
      servers: 'a,b:11212',
      interval: 0.5,
      watch: true,
      json: true,
      color: false,
    })
  })

  it.each([
    [['--help'], { command: 'help', of: 'reprise' }],
    [['-h'], { command: 'help', of: 'reprise' }],
    [['stats', '--help'], { command: 'help', of: 'stats' }],
    [['stats', '-h', '--interval'], { command: 'help', of: 'stats' }],
    [['--version'], { command: 'version' }],
    [['-v'], { command: 'version' }],
    [[], { command: 'help', of: 'nothing' }],
  ])('reads %j', (args, invocation) => {
    expect(parseArguments(args)).toEqual(invocation)
  })

  it.each([
    [['stat'], 'There is no command stat. Did you mean stats?'],
    [['flush'], 'There is no command flush.'],
    [['stats', '--sever', 'a'], 'There is no option --sever. Did you mean --servers?'],
    [['stats', '--jsno'], 'There is no option --jsno. Did you mean --json?'],
    [['stats', '--wacht'], 'There is no option --wacht. Did you mean --watch?'],
    [['stats', '--no-colour'], 'There is no option --no-colour. Did you mean --no-color?'],
    [['stats', '-x'], 'There is no option -x.'],
    [['stats', '--xyzzyxyzzy'], 'There is no option --xyzzyxyzzy.'],
    [['--nothing'], 'There is no option --nothing.'],
    [['stats', 'items'], 'stats takes no arguments, but it was given items.'],
    [['stats', '--servers'], '--servers needs a value.'],
    [['stats', '--servers', '--json'], '--servers needs a value.'],
    [['stats', '--servers', 'a', '--servers', 'b'], '--servers is given more than once.'],
    [
      ['stats', '--interval', 'soon'],
      '--interval is soon: it must be a time from 0.1 seconds to a day',
    ],
    [['stats', '--interval', '0'], '--interval is 0: it must be a time from 0.1 seconds to a day'],
    [
      ['stats', '--interval', '2d'],
      '--interval is 2d: it must be a time from 0.1 seconds to a day',
    ],
    [['stats', '--interval', '1.2.3'], '--interval is 1.2.3: it must be a time from 0.1 seconds'],
  ])('refuses %j', (args, message) => {
    expect(() => parseArguments(args)).toThrow(message)
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
