import Handlebars from 'handlebars'
import { cacheFragments } from '../../src/fragments/handlebars.ts'
import type { FragmentSource } from '../../src/fragments/index.ts'
import type { CachePart, FragmentEngine, Part, Value } from './fragment-template.ts'

/** Handlebars, for the contract of cached fragments. */
export const handlebarsFragments: FragmentEngine = {
  name: 'Handlebars',
  lacks: ['cacheEach'],
  open: (source, templates) => {
    const { handlebars, fragments } = openHandlebars(source)
    const compiled = new Map(
      Object.entries(templates).map(([name, parts]) => {
        const text = textOf(parts, [])
        handlebars.registerPartial(name, text)
        return [name, handlebars.compile(text, { srcName: name } as CompileOptions)]
      }),
    )
    return {
      render: async (name, context) => {
        const template = compiled.get(name)
        if (template === undefined) throw new Error(name)
        return fragments.render(template, context)
      },
    }
  },
  refused: ['{{#cache}}{{/cache}}', '{{#cache 1}}{{/cache}}'],
  renderSource: async (source, template) => {
    const { handlebars, fragments } = openHandlebars(source)
    return fragments.render(handlebars.compile(template))
  },
}

export function openHandlebars(source: FragmentSource) {
  const handlebars = Handlebars.create()
  handlebars.registerHelper('run', (label: string, { data }: Handlebars.HelperOptions) =>
    data.root.run(label),
  )
  return { handlebars, fragments: cacheFragments(handlebars, source) }
}

function textOf(parts: readonly Part[], loops: readonly string[]): string {
  return parts.map((part) => partText(part, loops)).join('')
}

function partText(part: Part, loops: readonly string[]): string {
  if (typeof part === 'string') return part
  if ('show' in part) return `{{${part.show}}}`
  if ('raw' in part) return `{{{${part.raw}}}}`
  if ('run' in part) return `{{run "${part.run}"}}`
  // A block parameter is known in its own template only.
  if ('include' in part) return `{{> ${part.include}${loops.map((name) => ` ${name}=${name}`)}}}`
  if ('each' in part) {
    const body = textOf(part.body, [...loops, part.as])
    return `{{#each ${part.each} as |${part.as}|}}${body}{{/each}}`
  }
  if ('nocache' in part) {
    const values = Object.entries(part.values ?? {}).map(([name, value]) => ` ${name}=${value}`)
    return `{{#nocache${values.join('')}}}${textOf(part.nocache, loops)}{{/nocache}}`
  }
  return `{{#cache ${argumentsOf(part)}}}${textOf(part.body, loops)}{{/cache}}`
}

function argumentsOf({ cache, ttl, vary = [], using, tags, swr, version }: CachePart): string {
  const given = [valueText(ttl), `"${cache}"`, ...vary.map(valueText)]
  if (using !== undefined) given.push(`using="${using}"`)
  if (tags?.[0] !== undefined) given.push(`tags=${valueText(tags[0])}`)
  if (swr !== undefined) given.push(`swr=${swr}`)
  if (version !== undefined) given.push(`version=${version}`)
  return given.join(' ')
}

function valueText(value: Value): string {
  return 'variable' in value ? value.variable : JSON.stringify(value.literal)
}
