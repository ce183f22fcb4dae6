import nunjucks from 'nunjucks'
import type { FragmentSource } from '../../src/fragments/index.ts'
import {
  cacheFragments,
  type NunjucksFragments,
  type TemplateOptions,
} from '../../src/fragments/nunjucks.ts'

export interface Templates {
  readonly env: nunjucks.Environment
  readonly fragments: NunjucksFragments
  /** What templates passed to `{{ run(x) }}`, in order: it shows which bodies ran. */
  readonly ran: unknown[]
}

/** A real nunjucks environment over templates by name, with the `cache` tag. */
export function openTemplates(
  source: FragmentSource,
  templates: Readonly<Record<string, string>>,
  options?: TemplateOptions,
): Templates {
  const loader: nunjucks.ILoader = {
    getSource: (name) => {
      const src = templates[name]
      // nunjucks reads a missing template as null, which its types leave out.
      if (src === undefined) return null as unknown as nunjucks.LoaderSource
      return { src, path: name, noCache: false }
    },
  }
  const env = new nunjucks.Environment(loader)
  const ran: unknown[] = []
  env.addGlobal('run', (value: unknown) => {
    ran.push(value)
    return value
  })
  return { env, ran, fragments: cacheFragments(env, source, options) }
}
