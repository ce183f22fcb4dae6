import { hash } from 'node:crypto'
import { type TemplateSource, type TemplateTree, templateDigest } from './digest.ts'

/** What finding templates needs of a nunjucks environment; not all of it is in nunjucks's types. */
export interface TemplateEnvironment {
  readonly loaders?: readonly TemplateLoader[]
  resolveTemplate?(loader: TemplateLoader, parentName: string, name: string): string
  readonly opts?: { readonly tags?: { readonly blockStart?: string; readonly blockEnd?: string } }
}

interface TemplateLoader {
  /** Such a loader is not asked: it has no answer at once. */
  readonly async?: boolean
  getSource?(name: string): { readonly src: string } | null | undefined
}

/**
 * What is compiled into a template about itself: a digest of its own source, and the names it
 * refers to. So a precompiled template has them, too.
 */
export type OwnDigest = readonly [digest: string, references: readonly string[]]

/** The digests of one environment's templates. Each is made once per process. */
export class NunjucksDigests {
  readonly #env: TemplateEnvironment
  readonly #tree: TemplateTree
  /** By the digests of their own sources: a template does not know its name. */
  readonly #names = new Map<string, string>()
  readonly #digests = new Map<string, string>()
  readonly #learnt = new Set<string>()
  #reference: RegExp | undefined

  constructor(env: TemplateEnvironment) {
    this.#env = env
    this.#tree = {
      load: (name, from) => this.#load(name, from.name),
      references: (source) => this.#references(source),
    }
  }

  /**
   * Of the template with this source. Asked for as it is compiled: where that happens again, in
   * development, others may have changed, too.
   */
  ownOf(source: string): OwnDigest {
    this.#digests.clear()
    return [digestOf(source), [...this.#references(source)]]
  }

  /** Finds out the names of `root` and of what it refers to, for names relative to theirs. */
  learn(root: string): void {
    if (this.#learnt.has(root)) return
    this.#learnt.add(root)
    const found = this.#load(root, '')
    if (found !== undefined) this.#learn(found)
  }

  /** The digest of a template and all that it refers to. */
  of([own, references]: OwnDigest): string {
    const known = this.#digests.get(own)
    if (known !== undefined) return known
    const name = this.#names.get(own) ?? ''
    const root = { name, source: own }
    const digest = templateDigest(root, {
      ...this.#tree,
      references: (source) => (source === own ? references : this.#references(source)),
    })
    this.#digests.set(own, digest)
    return digest
  }

  #learn({ name, source }: TemplateSource): void {
    const own = digestOf(source)
    if (this.#names.has(own)) return
    this.#names.set(own, name)
    for (const reference of this.#references(source)) {
      const found = this.#load(reference, name)
      if (found !== undefined) this.#learn(found)
    }
  }

  #load(name: string, from: string): TemplateSource | undefined {
    for (const loader of this.#env.loaders ?? []) {
      if (loader.async === true) continue
      const path = from === '' ? name : this.#env.resolveTemplate?.(loader, from, name)
      const found = loader.getSource?.(path ?? name)
      if (found) return { name: path ?? name, source: found.src }
    }
    return undefined
  }

  /** The names in quotes in all tags that bring in another template. */
  *#references(source: string): Iterable<string> {
    this.#reference ??= referenceOf(this.#env.opts?.tags)
    for (const [, tag = ''] of source.matchAll(this.#reference)) {
      for (const [, , name = ''] of tag.matchAll(/(["'])(.*?)\1/g)) yield name
    }
  }
}

function referenceOf(tags: { blockStart?: string; blockEnd?: string } = {}): RegExp {
  const { blockStart = '{%', blockEnd = '%}' } = tags
  const [start, end] = [blockStart, blockEnd].map((text) =>
    text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&'),
  )
  return new RegExp(`${start}-?\\s*(?:include|extends|import|from)\\s([^]*?)${end}`, 'g')
}

function digestOf(source: string): string {
  return hash('sha256', source, 'base64url').slice(0, 20)
}
