import {
  type FragmentContext,
  fragmentChannel,
  type PageContext,
  pageChannel,
} from '../channels.ts'
import type { Milliseconds } from '../units.ts'
import type { FragmentsReply, PageReply, PagesReply, Rendered } from './api/pages.ts'
import { ratio } from './figures.ts'

/** Names are the application's own, so few; a name that is an address by mistake must not fill the memory. */
const MAX_NAMES = 1000
const MAX_REASONS = 50

interface Counts {
  readonly alias: string
  readonly name: string
  readonly results: Map<string, number>
  readonly reasons: Map<string, number>
  errors: number
  renders: number
  renderMs: Milliseconds
  variants: number | undefined
}

/** Of `PageContext` and `FragmentContext`, what is counted. */
interface Told {
  readonly alias: string
  readonly name?: string
  readonly renderMs?: Milliseconds
  readonly result?: string
  readonly reason?: string
  readonly variants?: number
  readonly error?: unknown
}

/** Counts what pages and fragments came to, by their names, until it is closed. */
export class RenderedCounters {
  readonly #pages = new Names()
  readonly #fragments = new Names()
  readonly #onPage = (context: unknown): void => this.#pages.count(context as PageContext)
  readonly #onFragment = (context: unknown): void =>
    this.#fragments.count(context as FragmentContext)

  constructor() {
    pageChannel.asyncEnd.subscribe(this.#onPage)
    fragmentChannel.asyncEnd.subscribe(this.#onFragment)
  }

  pages(): PagesReply {
    return { schemaVersion: 1, pages: this.#pages.all.map(pageOf), left: this.#pages.left }
  }

  fragments(): FragmentsReply {
    const fragments = this.#fragments.all.map(renderedOf)
    return { schemaVersion: 1, fragments, left: this.#fragments.left }
  }

  close(): void {
    pageChannel.asyncEnd.unsubscribe(this.#onPage)
    fragmentChannel.asyncEnd.unsubscribe(this.#onFragment)
  }
}

class Names {
  readonly #counts = new Map<string, Counts>()
  readonly #unknown = new Set<string>()

  get all(): Counts[] {
    return [...this.#counts.values()].sort((a, b) => total(b) - total(a))
  }

  get left(): number {
    return this.#unknown.size
  }

  count({ alias, name = '', result, reason, renderMs, variants, error }: Told): void {
    const counts = this.#of(alias, name)
    if (error !== undefined) counts.errors++
    if (result !== undefined) add(counts.results, result)
    const isKnown = reason !== undefined && counts.reasons.has(reason)
    if (reason !== undefined && (isKnown || counts.reasons.size < MAX_REASONS)) {
      add(counts.reasons, reason)
    }
    if (variants !== undefined) counts.variants = Math.max(counts.variants ?? 0, variants)
    if (renderMs === undefined) return
    counts.renders++
    counts.renderMs += renderMs
  }

  #of(alias: string, name: string): Counts {
    const id = `${alias} ${name}`
    const known = this.#counts.get(id)
    if (known !== undefined) return known
    if (this.#counts.size >= MAX_NAMES) {
      if (this.#unknown.size < MAX_NAMES) this.#unknown.add(id)
      const rest = `${alias} `
      return this.#counts.get(rest) ?? this.#make(rest, alias, '')
    }
    return this.#make(id, alias, name)
  }

  #make(id: string, alias: string, name: string): Counts {
    const made: Counts = {
      alias,
      name,
      results: new Map(),
      reasons: new Map(),
      errors: 0,
      renders: 0,
      renderMs: 0,
      variants: undefined,
    }
    this.#counts.set(id, made)
    return made
  }
}

function renderedOf({ alias, name, results, errors, renders, renderMs }: Counts): Rendered {
  const of = (result: string): number => results.get(result) ?? 0
  const served = of('hit') + of('stale') + of('revalidated')
  const meanRenderMs = renders === 0 ? null : renderMs / renders
  return {
    alias,
    name,
    hits: of('hit'),
    stale: of('stale'),
    stored: of('stored'),
    notStored: of('not-stored'),
    errors,
    hitRatio: ratio(served, served + of('stored') + of('not-stored')),
    meanRenderMs,
    savedMs: meanRenderMs === null ? null : served * meanRenderMs,
  }
}

function pageOf(counts: Counts): PageReply {
  const { results, reasons, variants } = counts
  return {
    ...renderedOf(counts),
    bypassed: results.get('bypass') ?? 0,
    revalidated: results.get('revalidated') ?? 0,
    reasons: [...reasons]
      .map(([reason, count]) => ({ reason, count }))
      .sort((a, b) => b.count - a.count),
    variants: variants ?? null,
  }
}

function total({ results }: Counts): number {
  return [...results.values()].reduce((sum, count) => sum + count, 0)
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
