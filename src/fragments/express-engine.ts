import { callbackify } from 'node:util'

/** An engine for `app.engine` of an Express application. */
export type ExpressEngine = (
  path: string,
  options: object,
  callback: (error: unknown, text?: string) => void,
) => void

/** What Express adds to the locals of a view. */
export interface ViewOptions {
  /** Of the setting `view cache`: whether a compiled view may be kept. */
  readonly cache?: boolean
  readonly settings?: Readonly<Record<string, unknown>>
}

export function expressEngine(
  render: (path: string, context: object) => Promise<string>,
): ExpressEngine {
  const renderWithCallback = callbackify(render)
  return (path, options, callback) => renderWithCallback(path, options, callback)
}

/** Compiled views by path, where Express's setting `view cache` keeps them. */
export class CompiledViews<View> {
  readonly #views = new Map<string, View>()
  readonly #compile: (path: string, options: ViewOptions) => View

  constructor(compile: (path: string, options: ViewOptions) => View) {
    this.#compile = compile
  }

  get(path: string, options: ViewOptions): View {
    const { cache = false } = options
    const known = cache ? this.#views.get(path) : undefined
    if (known !== undefined) return known
    const view = this.#compile(path, options)
    if (cache) this.#views.set(path, view)
    return view
  }
}
