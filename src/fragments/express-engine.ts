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
  readonly #compile: (path: string) => View

  constructor(compile: (path: string) => View) {
    this.#compile = compile
  }

  get(path: string, { cache = false }: ViewOptions): View {
    const known = cache ? this.#views.get(path) : undefined
    if (known !== undefined) return known
    const view = this.#compile(path)
    if (cache) this.#views.set(path, view)
    return view
  }
}
