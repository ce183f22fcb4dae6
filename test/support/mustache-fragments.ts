import Mustache from 'mustache'
import type { FragmentSource } from '../../src/fragments/index.ts'
import {
  cacheFragments,
  type MustacheFragments,
  type MustacheLookup,
} from '../../src/fragments/mustache.ts'
import type { CachePart, FragmentEngine, Part, Value } from './fragment-template.ts'

/** Mustache, for the contract of cached fragments. */
export const mustacheFragments: FragmentEngine = {
  name: 'Mustache',
  lacks: ['cacheEach'],
  open: (source, templates) => {
    const fragments = cacheFragments(Mustache, source)
    const sections: Record<string, unknown> = {}
    const writer = new TemplateWriter(fragments, sections)
    const texts = Object.fromEntries(
      Object.entries(templates).map(([name, parts]) => [name, writer.text(parts)]),
    )
    return {
      render: (name, context) =>
        fragments.render(texts[name] ?? '', viewOf(context, sections), texts, name),
    }
  },
  refused: ['{{#nameless}}{{/nameless}}'],
  renderSource: async (source, template) => renderSource(source, template),
}

function renderSource(source: FragmentSource, template: string): Promise<string> {
  const fragments = cacheFragments(Mustache, source)
  return fragments.render(template, { nameless: fragments.cache('') })
}

/** `run` is a lambda, and the items of lists are objects, as a view of Mustache has them. */
function viewOf(context: object, sections: object): object {
  const entries = Object.entries(context).map(([key, value]) => {
    if (key === 'run') return [key, () => (label: string) => value(label)]
    return [key, key === 'rows' ? value.map((row: unknown) => ({ row })) : value]
  })
  return { ...sections, ...Object.fromEntries(entries) }
}

class TemplateWriter {
  readonly #fragments: MustacheFragments
  readonly #sections: Record<string, unknown>
  #count = 0

  constructor(fragments: MustacheFragments, sections: Record<string, unknown>) {
    this.#fragments = fragments
    this.#sections = sections
  }

  text(parts: readonly Part[]): string {
    return parts.map((part) => this.#part(part)).join('')
  }

  #part(part: Part): string {
    if (typeof part === 'string') return part
    if ('show' in part) return `{{${part.show}}}`
    if ('raw' in part) return `{{{${part.raw}}}}`
    if ('run' in part) return `{{#run}}${part.run}{{/run}}`
    if ('include' in part) return `{{> ${part.include}}}`
    if ('each' in part) return `{{#${part.each}}}${this.text(part.body)}{{/${part.each}}}`
    if ('nocache' in part) {
      const values = Object.entries(part.values ?? {})
      return this.#section(
        this.#fragments.nocache((lookup) =>
          Object.fromEntries(values.map(([name, from]) => [name, lookup(from) as string])),
        ),
        part.nocache,
      )
    }
    return this.#section(
      this.#fragments.cache(part.cache, (lookup) => optionsOf(part, lookup)),
      part.body,
    )
  }

  #section(section: unknown, body: readonly Part[]): string {
    this.#count += 1
    const name = `section${this.#count}`
    this.#sections[name] = section
    return `{{#${name}}}${this.text(body)}{{/${name}}}`
  }
}

function optionsOf(
  { ttl, vary = [], using, tags, swr, version }: CachePart,
  lookup: MustacheLookup,
) {
  const read = (value: Value) => ('variable' in value ? lookup(value.variable) : value.literal)
  return {
    ttl: read(ttl) as number,
    varyOn: vary.map(read),
    using,
    tags: tags?.map((tag) => String(read(tag))),
    staleWhileRevalidate: swr,
    version,
  }
}
