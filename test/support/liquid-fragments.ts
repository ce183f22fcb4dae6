import { Liquid } from 'liquidjs'
import type { FragmentSource } from '../../src/fragments/index.ts'
import { cacheFragments } from '../../src/fragments/liquid.ts'
import type { CachePart, FragmentEngine, Part, Value } from './fragment-template.ts'

/** LiquidJS, for the contract of cached fragments. */
export const liquidFragments: FragmentEngine = {
  name: 'LiquidJS',
  lacks: ['cacheEach'],
  open: (source, templates) => {
    const sources = Object.entries(templates).map(([name, parts]) => [name, textOf(parts)])
    const { fragments } = openLiquid(source, Object.fromEntries(sources))
    return { render: (name, context) => fragments.render(name, context) }
  },
  refused: ['{% cache %}{% endcache %}', '{% cache 1 %}{% endcache %}'],
  renderSource: (source, template) => openLiquid(source, {}).fragments.renderString(template),
}

export function openLiquid(source: FragmentSource, templates: Record<string, string>) {
  const liquid = new Liquid({ templates, outputEscape: 'escape' })
  liquid.registerFilter('run', function (label: string) {
    return (this.context.environments as { run(label: string): string }).run(label)
  })
  return { liquid, fragments: cacheFragments(liquid, source) }
}

function textOf(parts: readonly Part[]): string {
  return parts.map(partText).join('')
}

function partText(part: Part): string {
  if (typeof part === 'string') return part
  if ('show' in part) return `{{ ${part.show} }}`
  if ('raw' in part) return `{{ ${part.raw} | raw }}`
  if ('run' in part) return `{{ "${part.run}" | run }}`
  if ('include' in part) return `{% include "${part.include}" %}`
  if ('each' in part) {
    return `{% for ${part.as} in ${part.each} %}${textOf(part.body)}{% endfor %}`
  }
  if ('nocache' in part) {
    const values = Object.entries(part.values ?? {}).map(([name, value]) => `${name}: ${value}`)
    return `{% nocache ${values.join(', ')} %}${textOf(part.nocache)}{% endnocache %}`
  }
  return `{% cache ${argumentsOf(part)} %}${textOf(part.body)}{% endcache %}`
}

function argumentsOf({ cache, ttl, vary = [], using, tags, swr, version }: CachePart): string {
  const given = [valueText(ttl), `"${cache}"`, ...vary.map(valueText)]
  if (using !== undefined) given.push(`using: "${using}"`)
  if (tags?.[0] !== undefined) given.push(`tags: ${valueText(tags[0])}`)
  if (swr !== undefined) given.push(`swr: ${swr}`)
  if (version !== undefined) given.push(`version: ${version}`)
  return given.join(', ')
}

function valueText(value: Value): string {
  if ('variable' in value) return value.variable
  return value.literal === null ? 'nil' : JSON.stringify(value.literal)
}
