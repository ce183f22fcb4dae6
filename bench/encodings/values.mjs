const WORDS =
  'river stone window paper winter copper garden signal harbour thread marble lantern meadow'.split(
    ' ',
  )

// A generator of our own, so that every run and every machine has the same values.
let state = 42
function random() {
  state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff
  return state / 0x7fff_ffff
}
const word = () => WORDS[Math.floor(random() * WORDS.length)]
const sentence = (count) => Array.from({ length: count }, word).join(' ')

// As precise as a map needs it: six digits.
const degrees = (limit) => Math.round((random() * 2 - 1) * limit * 1e6) / 1e6

/** A row as a database gives it: about 480 bytes as JSON. */
export function row(id) {
  return {
    id,
    name: `${word()} ${word()}`,
    email: `${word()}.${id}@example.org`,
    address: `${Math.floor(random() * 200)} ${word()} street`,
    country: word(),
    latitude: degrees(90),
    longitude: degrees(180),
    isActive: random() > 0.5,
    about: sentence(38),
    createdAt: '2026-01-02T03:04:05.678Z',
  }
}

function rich(id) {
  return {
    ...row(id),
    createdAt: new Date(1_767_225_600_000 + id),
    balance: 12_345_678_901_234_567_890n,
    roles: new Set(['editor', word()]),
    limits: new Map([
      ['daily', 100],
      ['monthly', undefined],
    ]),
  }
}

export const VALUES = {
  'small object': { id: 7, name: 'Oslo', isCapital: true },
  'row of 480 bytes': row(1),
  '100 rows': Array.from({ length: 100 }, (_, id) => row(id)),
  'row with Date, Map, Set, bigint': rich(1),
  '100 of those': Array.from({ length: 100 }, (_, id) => rich(id)),
  '1000 numbers': Array.from({ length: 1000 }, () => Math.floor(random() * 1e6)),
  '1 MB of rows': Array.from({ length: 2150 }, (_, id) => row(id)),
}
