import { publishError } from '../channels.ts'
import { CacheError, shown } from '../errors.ts'
import { fragmentKey } from './key.ts'
import type { NunjucksNode, NunjucksNodes, NunjucksParser } from './nunjucks-ast.ts'
import { type CacheTagExtension, parseCacheTag } from './nunjucks-tag.ts'
import type { Passes } from './passes.ts'
import type { PlacedFragment } from './slot.ts'
import { type FragmentSource, fragmentCache } from './source.ts'
import { fragmentTtl } from './ttl.ts'

/** How nunjucks hands over what it has rendered. */
export type NunjucksCallback = (error: Error | null, text: string | null) => void

interface CurrentPass {
  readonly passes: Passes
  /** The message of the error that a tag ended this pass with. */
  failure: string | undefined
}

/** What the tag needs of a nunjucks environment. */
interface TagEnvironment {
  getFilter(name: string): (...args: unknown[]) => unknown
  /** Names; filled as filters are added. Not in nunjucks's types. */
  readonly asyncFilters?: readonly string[]
}

/** The `cache` tag of one nunjucks environment. */
export class NunjucksCacheTag implements CacheTagExtension {
  static readonly extensionName = 'reprise-cache'

  readonly tags: string[] = ['cache']
  readonly #source: FragmentSource
  readonly #env: TagEnvironment
  readonly #safe: (text: string) => unknown
  /**
   * The pass that renders at this moment. Not in the template's context, which imported macros do
   * not see; and a pass is synchronous, so concurrent renders never meet here.
   */
  #current: CurrentPass | undefined
  /** The bodies that run at this moment, the innermost last, and whether each has come to its end. */
  readonly #bodies: { ended: boolean }[] = []

  constructor(env: TagEnvironment, source: FragmentSource) {
    this.#env = env
    this.#source = source
    // The environment's own marker of text that is not to be escaped again. `autoescape = false`
    // on the extension does not do: nunjucks drops it where the body has `super()`.
    this.#safe = env.getFilter('safe')
  }

  /** Called by nunjucks for each tag of a template that it compiles. */
  parse(parser: NunjucksParser, nodes: NunjucksNodes): NunjucksNode {
    const asyncFilters = this.#env.asyncFilters ?? []
    const fail = (message: string, { lineno, colno }: { lineno: number; colno: number }): never => {
      if (this.#current !== undefined) this.#current.failure = message
      return parser.fail(message, lineno, colno)
    }
    return parseCacheTag({ parser, nodes, asyncFilters, fail }, this)
  }

  place(
    _context: unknown,
    line: number,
    name: string,
    ttl: unknown,
    using: readonly unknown[],
    varyOn: readonly unknown[],
    body: () => unknown,
  ): unknown {
    const placed = this.#placed(line, name, ttl, using, varyOn)
    const run = (): string => this.#run(line, name, body)
    const text = this.#current === undefined ? run() : this.#current.passes.text(placed, run)
    return this.#safe(text)
  }

  bodyEnd(): string {
    const innermost = this.#bodies.at(-1)
    if (innermost !== undefined) innermost.ended = true
    return ''
  }

  /** Runs one pass: `render` is nunjucks's, and `template` what an error calls the template. */
  pass(
    passes: Passes,
    template: string,
    render: (callback: NunjucksCallback) => void,
  ): Promise<string> {
    const pass: CurrentPass = { passes, failure: undefined }
    return new Promise((resolve, reject) => {
      let finished = false
      const outer = this.#current
      this.#current = pass
      try {
        render((error, text) => {
          finished = true
          if (error) reject(rejection(error, pass.failure))
          else resolve(text ?? '')
        })
      } finally {
        this.#current = outer
      }
      // A synchronous template is handed over before this: nunjucks defers by a tick at most.
      setImmediate(() => {
        if (!finished) publishError({ error: asynchronousError(template), operation: 'fragment' })
      })
    })
  }

  #placed(
    line: number,
    name: string,
    ttl: unknown,
    using: readonly unknown[],
    varyOn: readonly unknown[],
  ): PlacedFragment {
    const [alias] = using
    if (using.length > 0 && typeof alias !== 'string') {
      const message = `\`using\` is ${shown(alias)}: it must be the alias of a cache.`
      throw this.#refusal(line, name, message)
    }
    try {
      return {
        cache: fragmentCache(this.#source, alias as string | undefined),
        name,
        key: fragmentKey(name, varyOn),
        ttl: fragmentTtl(ttl),
      }
    } catch (error) {
      throw CacheError.is(error) ? this.#refusal(line, name, error.message, error) : error
    }
  }

  #run(line: number, name: string, body: () => unknown): string {
    const running = { ended: false }
    this.#bodies.push(running)
    try {
      const text = String(body())
      if (running.ended) return text
    } finally {
      this.#bodies.pop()
    }
    const message = 'its body did not come to its end at once: it must be synchronous.'
    throw this.#refusal(line, name, message)
  }

  #refusal(line: number, name: string, problem: string, cause?: unknown): CacheError {
    const message = `The \`cache\` tag ${shown(name)} on line ${line}: ${problem}`
    if (this.#current !== undefined) this.#current.failure = message
    return new CacheError('ERR_TEMPLATE', message, { cause })
  }
}

/**
 * nunjucks keeps of an error only its message, with the template's path before it. An error of a
 * tag is made a `CacheError` again; all others are handed on as they are.
 */
function rejection(error: Error, failure: string | undefined): Error {
  if (failure === undefined || !error.message.includes(failure)) return error
  const message = error.message
    .replaceAll('Template render error: ', '')
    .replaceAll('CacheError: ', '')
    .replace(/\s*\n\s*/g, ' ')
  return new CacheError('ERR_TEMPLATE', message, { cause: error })
}

function asynchronousError(template: string): CacheError {
  const message = `The template ${template} renders asynchronously: \`cache\` tags after its first asynchronous step are rendered and not cached.`
  return new CacheError('ERR_TEMPLATE', message)
}
