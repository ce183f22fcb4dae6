/** What a person has asked of the screen so far. */
export interface TopState {
  /** The column that rows are sorted by, from 0. */
  readonly sortedBy: number
  readonly isReversed: boolean
  readonly isPaused: boolean
  readonly mode: 'table' | 'help'
}

export const FIRST_STATE: TopState = Object.freeze({
  sortedBy: 0,
  isReversed: false,
  isPaused: false,
  mode: 'table',
})

/** What a key asks for. */
export type Pressed = TopState | 'quit' | 'interrupt'

// In raw mode the terminal makes no signal of it.
const CTRL_C = '\u0003'
const CTRL_D = '\u0004'

/**
 * Answers a key. Those of damemtop: `q` ends, `t` shows the table, `h` and `?` the help, from which
 * any key leads back; and more that sort, reverse and pause.
 */
export function press(state: TopState, key: string, columns: number): Pressed {
  if (key === CTRL_C) return 'interrupt'
  if (key === 'q' || key === 'Q' || key === CTRL_D) return 'quit'
  if (state.mode === 'help') return { ...state, mode: 'table' }
  switch (key) {
    case 'h':
    case '?':
      return { ...state, mode: 'help' }
    case 's':
    case '>':
    case '\u001b[C':
      return { ...state, sortedBy: (state.sortedBy + 1) % columns, isReversed: false }
    case 'S':
    case '<':
    case '\u001b[D':
      return { ...state, sortedBy: (state.sortedBy + columns - 1) % columns, isReversed: false }
    case 'r':
      return { ...state, isReversed: !state.isReversed }
    case 'p':
    case ' ':
      return { ...state, isPaused: !state.isPaused }
    default:
      return state
  }
}

export const KEYS_HELP: readonly string[] = [
  'q          ends',
  's or →     sorts by the next column, S or ← by the one before',
  'r          turns the order round',
  'p or space stops the figures, and lets them go on',
  'h or ?     this; any key leads back',
]
