/** A country, drawn as one dot per city. */
export interface CountryMap {
  readonly width: number
  readonly height: number
  /** An SVG path of dots: lines without length, which round caps make visible. */
  readonly path: string
  readonly dotSize: number
}

interface Place {
  readonly latitude: number
  readonly longitude: number
}

const FEWEST_PLACES = 12
const LONGEST_SIDE = 640
const MARGIN = 12

/** Returns `undefined` where there are too few places to show a shape. */
export function drawCountry(places: readonly Place[]): CountryMap | undefined {
  if (places.length < FEWEST_PLACES) return undefined
  const latitudes = places.map((place) => place.latitude)
  const longitudes = unwrapped(places.map((place) => place.longitude))
  const north = Math.max(...latitudes)
  const west = Math.min(...longitudes)
  const south = Math.min(...latitudes)
  const east = Math.max(...longitudes)

  // A degree of longitude is shorter than one of latitude, by the cosine of the latitude.
  const squeeze = Math.cos((((north + south) / 2) * Math.PI) / 180)
  const degrees = Math.max((east - west) * squeeze, north - south)
  const scale = (LONGEST_SIDE - 2 * MARGIN) / degrees
  const dots = new Set<string>()
  for (const [index, latitude] of latitudes.entries()) {
    const x = MARGIN + ((longitudes[index] ?? west) - west) * squeeze * scale
    const y = MARGIN + (north - latitude) * scale
    dots.add(`M${Math.round(x)} ${Math.round(y)}h0`)
  }
  return {
    width: Math.round((east - west) * squeeze * scale) + 2 * MARGIN,
    height: Math.round((north - south) * scale) + 2 * MARGIN,
    path: [...dots].join(''),
    dotSize: dots.size > 600 ? 4 : dots.size > 150 ? 6 : 9,
  }
}

/** Makes one piece of a country that lies on both sides of the 180th meridian. */
function unwrapped(longitudes: readonly number[]): number[] {
  const isAcross = Math.max(...longitudes) - Math.min(...longitudes) > 180
  return longitudes.map((longitude) => (isAcross && longitude < 0 ? longitude + 360 : longitude))
}

/** The world as one path of dots, on the 360 × 180 grid that the templates place markers on. */
export function drawWorld(cells: readonly { readonly x: number; readonly y: number }[]): string {
  const path = cells.map(({ x, y }) => `M${x}.5 ${y}.5h0`).join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 180"><path id="dots" d="${path}"/></svg>`
}
