import type { CachePart, FragmentEngine, Part, Value } from './fragment-template.ts'
import { openTemplates } from './nunjucks.ts'

/** nunjucks, for the contract of cached fragments. */
export const nunjucksFragments: FragmentEngine = {
  name: 'nunjucks',
  open: (source, templates) => {
    const sources = Object.entries(templates).map(([name, parts]) => [name, textOf(parts)])
    const { env, fragments } = openTemplates(source, Object.fromEntries(sources))
    return {
      render: (name, context) => {
        if ('run' in context) env.addGlobal('run', context.run)
        return fragments.render(name, context)
      },
    }
  },
  refused: ['{% cache %}{% endcache %}', '{% cache 1 %}{% endcache %}'],
  renderSource: (source, template) => openTemplates(source, {}).fragments.renderString(template),
}

function textOf(parts: readonly Part[]): string {
  return parts.map(partText).join('')
}

function partText(part: Part): string {
  if (typeof part === 'string') return part
  if ('show' in part) return `{{ ${part.show} }}`
  if ('raw' in part) return `{{ ${part.raw} | safe }}`
  if ('run' in part) return `{{ run("${part.run}") }}`
  if ('include' in part) return `{% include "${part.include}" %}`
  if ('each' in part) {
    return `{% for ${part.as} in ${part.each} %}${textOf(part.body)}{% endfor %}`
  }
  if ('nocache' in part) {
    const values = Object.entries(part.values ?? {}).map(([name, value]) => `${name}=${value}`)
    return `{% nocache ${values.join(', ')} %}${textOf(part.nocache)}{% endnocache %}`
  }
  const body = textOf(part.body)
  if ('of' in part) {
    return `{% cacheEach ${part.of} as ${part.as}, ${argumentsOf(part)} %}${body}{% endcacheEach %}`
  }
  return `{% cache ${argumentsOf(part)} %}${body}{% endcache %}`
}

function argumentsOf({ cache, ttl, vary = [], using, tags, swr, version }: CachePart): string {
  const given = [valueText(ttl), `"${cache}"`, ...vary.map(valueText)]
  if (using !== undefined) given.push(`using="${using}"`)
  if (tags !== undefined) given.push(`tags=[${tags.map(valueText)}]`)
  if (swr !== undefined) given.push(`swr=${swr}`)
  if (version !== undefined) given.push(`version=${version}`)
  return given.join(', ')
}

function valueText(value: Value): string {
  if ('variable' in value) return value.variable
  return value.literal === null ? 'none' : JSON.stringify(value.literal)
}
