// Which pages the load asks for: the same sequence each time, because everything comes from one seed.
import { readCities } from '../examples/atlas/dist/load-data.js'

const CITIES = 300
const TERMS = 100

/** Shares of 1. What is left over is searches. */
export const MIX = { front: 0.2, country: 0.4, city: 0.32, search: 0.08, writes: 0.005 }
export const SEED = 20_260_101

/** Every address that the mix may ask for, and what makes requests out of them. */
export function openMix() {
  const cities = readCities().sort((a, b) => b.population - a.population)
  const people = new Map()
  for (const { country, population } of cities) {
    people.set(country, (people.get(country) ?? 0) + population)
  }
  const countries = [...people].sort((a, b) => b[1] - a[1]).map(([code]) => code)
  const names = cities.map(({ name }) => name.slice(0, 3).toLowerCase())
  const terms = [...new Set(names)].slice(0, TERMS)
  const known = cities.slice(0, CITIES)

  const front = ['/']
  const country = countries.map((code) => `/country/${code}`)
  const city = known.map(({ cityId }) => `/city/${cityId}`)
  const search = terms.map((term) => `/search?q=${encodeURIComponent(term)}`)
  return {
    addresses: [...front, ...country, ...city, ...search],
    mixed: () => mixed({ front, country, city, search }, known),
    countries: () => only(country),
  }
}

function mixed(pages, cities) {
  const random = randomFrom(SEED)
  const pick = Object.fromEntries(
    Object.entries(pages).map(([kind, paths]) => [kind, zipf(paths.length, random)]),
  )
  return () => {
    if (random() < MIX.writes) {
      const { cityId, population } = cities[pick.city()]
      const changed = Math.round(population * (0.99 + 0.02 * random()))
      return { method: 'POST', path: `/city/${cityId}/population`, body: `population=${changed}` }
    }
    let share = random()
    for (const kind of ['front', 'country', 'city']) {
      if (share < MIX[kind]) return { method: 'GET', path: pages[kind][pick[kind]()] }
      share -= MIX[kind]
    }
    return { method: 'GET', path: pages.search[pick.search()] }
  }
}

function only(paths) {
  const pick = zipf(paths.length, randomFrom(SEED))
  return () => ({ method: 'GET', path: paths[pick()] })
}

/** The n-th of `size` comes with a weight of 1/n: what is popular is asked for most, the rest now and then. */
function zipf(size, random) {
  let sum = 0
  const until = Array.from({ length: size }, (_, index) => {
    sum += 1 / (index + 1)
    return sum
  })
  return () => {
    const at = random() * sum
    const index = until.findIndex((end) => at < end)
    return index === -1 ? size - 1 : index
  }
}

/** mulberry32: small, and good enough to choose pages. */
function randomFrom(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
