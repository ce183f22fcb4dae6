import type { HoleValues } from './content.ts'
import type { HoleBody } from './passes.ts'
import { ScriptTagError } from './script-tags.ts'
import { namedArguments, tagText } from './tag.ts'
import { type TemplateFragments, templateError } from './templates.ts'

/** What the rewritten tags of a template call. */
export interface ScriptCalls {
  cache(
    template: string | undefined,
    line: number,
    own: string,
    given: readonly unknown[],
    body: () => string,
    holes: readonly (readonly [string, HoleBody])[],
  ): string
  hole(id: string, values: HoleValues, body: HoleBody): string
}

export function scriptCalls(
  fragments: TemplateFragments,
  digestOf?: (own: string, template: string | undefined) => string,
): ScriptCalls {
  return {
    cache(template, line, own, [name, options], body, holes) {
      const bodies = holes.map(
        ([id, hole]) => [id, (values: HoleValues) => hole(scopeOf(values))] as const,
      )
      const read = () => namedArguments(name, options)
      return tagText(
        fragments,
        { template, line, digest: () => digestOf?.(own, template) },
        read,
        body,
        new Map(bodies),
      )
    },
    hole: (id, values, body) => fragments.hole(id, values, (given) => body(scopeOf(given))),
  }
}

/** What `with` is to find in there are the values, and nothing that every object has. */
function scopeOf(values: HoleValues): HoleValues {
  return Object.assign(Object.create(null), values)
}

/** What the tags of a source are rewritten to; an error names the template. */
export function withPlace<T>(template: string | undefined, compile: () => T): T {
  try {
    return compile()
  } catch (error) {
    if (!(error instanceof ScriptTagError)) throw error
    throw templateError({ template, line: error.line }, error.message, error)
  }
}
