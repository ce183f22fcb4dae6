import { type TemplateSource, type TemplateTree, templateDigest } from './digest.ts'

/** The digests of templates, each made once until a template is compiled. */
export class SourceDigests {
  readonly #tree: TemplateTree
  readonly #known = new Map<string, string>()

  constructor(tree: TemplateTree) {
    this.#tree = tree
  }

  /** In development a template is compiled anew, and what it includes may have changed, too. */
  forget(): void {
    this.#known.clear()
  }

  of(root: TemplateSource): string {
    const key = `${root.name.length}:${root.name}${root.source}`
    const known = this.#known.get(key) ?? templateDigest(root, this.#tree)
    this.#known.set(key, known)
    return known
  }
}

/** The names in the group `name` of each match. */
export function* namesIn(source: string, reference: RegExp): Iterable<string> {
  for (const { groups } of source.matchAll(reference)) {
    if (groups?.name !== undefined) yield groups.name
  }
}

/** What reading gives, or `undefined` where it throws: a template that is not there. */
export function readOrNothing<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
