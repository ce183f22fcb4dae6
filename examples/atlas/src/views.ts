import { fileURLToPath } from 'node:url'
import nunjucks from 'nunjucks'
import { requestFigures } from './request-figures.ts'

const wholeNumbers = new Intl.NumberFormat('en')
const shortNumbers = new Intl.NumberFormat('en', {
  notation: 'compact',
  maximumSignificantDigits: 3,
})

const FEATURES: Record<string, string> = {
  PPLC: 'capital of the country',
  PPLA: 'seat of a first-order area',
  PPLA2: 'seat of a second-order area',
  PPLA3: 'seat of a third-order area',
  PPLA4: 'seat of a fourth-order area',
}

/** The templates. Everything that they print is escaped unless they say `safe`. */
export function openViews(isProduction: boolean): nunjucks.Environment {
  const folder = fileURLToPath(new URL('../views', import.meta.url))
  const loader = new nunjucks.FileSystemLoader(folder, { noCache: !isProduction })
  const views = new nunjucks.Environment(loader, {
    autoescape: true,
    throwOnUndefined: false,
    trimBlocks: true,
    lstripBlocks: true,
  })
  views.addFilter('number', (value: number) => wholeNumbers.format(value))
  views.addFilter('short', (value: number) => shortNumbers.format(value))
  views.addFilter('percent', (value: number, whole: number) =>
    whole > 0 ? Math.max(0.5, Math.round((value / whole) * 1000) / 10) : 0,
  )
  views.addFilter('ordinal', ordinal)
  views.addFilter('distance', (km: number) =>
    km < 10 ? km.toFixed(1) : wholeNumbers.format(Math.round(km)),
  )
  views.addFilter('sum_of', (rows: Record<string, number>[], field: string) =>
    rows.reduce((sum, row) => sum + (row[field] ?? 0), 0),
  )
  views.addFilter('feature', (code: string) => FEATURES[code] ?? 'populated place')
  views.addFilter('latitude', (value: number) => degrees(value, 'N', 'S'))
  views.addFilter('longitude', (value: number) => degrees(value, 'E', 'W'))
  // What it cost so far: the footer asks last.
  views.addGlobal('rendering', () => {
    const figures = requestFigures()
    const now = new Date().toISOString()
    return {
      at: now,
      clock: now.slice(11, 19),
      ms:
        figures === undefined ? 0 : Math.max(1, Math.round(performance.now() - figures.startedMs)),
      queries: figures?.queries ?? 0,
    }
  })
  return views
}

const ordinalRules = new Intl.PluralRules('en', { type: 'ordinal' })
const ORDINALS: Record<string, string> = { one: 'st', two: 'nd', few: 'rd', other: 'th' }

function ordinal(value: number): string {
  return `${wholeNumbers.format(value)}${ORDINALS[ordinalRules.select(value)]}`
}

function degrees(value: number, positive: string, negative: string): string {
  return `${Math.abs(value).toFixed(2)}° ${value < 0 ? negative : positive}`
}
