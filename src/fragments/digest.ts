import { hash } from 'node:crypto'

/** A template as its engine finds it. */
export interface TemplateSource {
  readonly name: string
  readonly source: string
}

/** What an engine says of its templates. */
export interface TemplateTree {
  /** `undefined`: there is none of that name. `from`: the template that names it. */
  load(name: string, from: TemplateSource): TemplateSource | undefined
  /** Names of the templates that a source includes, extends or imports, as it writes them. */
  references(source: string): Iterable<string>
}

const DIGEST_LENGTH = 20

/**
 * Digests a template and all that it includes, each once: 20 characters for
 * `FragmentOptions.digest`. A name that only a rendering tells is not followed.
 */
export function templateDigest(root: TemplateSource, tree: TemplateTree): string {
  const seen = new Set<string>([root.name])
  let text = ''
  const visit = (template: TemplateSource): void => {
    text += `${template.source.length}:${template.source},`
    for (const name of tree.references(template.source)) {
      const found = tree.load(name, template)
      // One that is missing now, and there after a deploy, changes the digest too.
      text += `${name.length}:${name}${found === undefined ? '-' : '+'},`
      if (found === undefined || seen.has(found.name)) continue
      seen.add(found.name)
      visit(found)
    }
  }
  visit(root)
  return hash('sha256', text, 'base64url').slice(0, DIGEST_LENGTH)
}
