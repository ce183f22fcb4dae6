/**
 * `reprise/jsx`: cached fragments in the JSX of Hono 4.
 *
 * @module
 */

import { AsyncLocalStorage } from 'node:async_hooks'
import { type Child, type JSXNode, jsx } from 'hono/jsx'
import { HtmlEscapedCallbackPhase, raw, resolveCallback } from 'hono/utils/html'
import { type CacheProps, componentText, holeBodies, missingChildren } from './component.ts'
import type { HoleValues } from './content.ts'
import type { FragmentBody } from './fragment.ts'
import type { FragmentSource } from './source.ts'

/** What stands in JSX: a node, a text, a list of them, or a promise of one. */
export type JsxContent = Child | Promise<Child>

/** How one `<Cache>` is named, kept and rendered. */
export interface JsxCacheProps extends CacheProps {
  /**
   * What is cached: a function, which a hit does not call. Of nodes a hit renders no component, but
   * the expressions among them have run before.
   */
  readonly children?: Child | ((body: FragmentBody) => JsxContent)
  /** Its uncached parts by name, and those of the fragments inside it: each is rendered on each call. */
  readonly holes?: Readonly<Record<string, (values: HoleValues) => JsxContent>> | undefined
}

/** The type of a `<Cache>`. */
export type JsxCache = (props: JsxCacheProps) => Promise<ReturnType<typeof raw>>

/**
 * Returns the component `<Cache>` over `source`.
 *
 * All that are rendered side by side are read in one round trip. Contexts are known in the body and
 * in the uncached parts as where the component stands.
 *
 * @example
 * ```ts
 * import { jsx } from 'hono/jsx'
 * import { createCaches } from 'reprise'
 * import { createCache } from 'reprise/jsx'
 *
 * const Cache = createCache(createCaches())
 * // <Cache name="sidebar" ttl="15m" varyOn={['alice']}>{() => <aside>…</aside>}</Cache>
 * const body = () => jsx('aside', {}, '…')
 * const page = Cache({ name: 'sidebar', ttl: '15m', varyOn: ['alice'], children: body })
 * console.log(String(await page))
 * ```
 */
export function createCache(source: FragmentSource): JsxCache {
  return async function Cache({ children, holes, ...props }) {
    if (children === undefined) throw missingChildren(props.name)
    // Before the first `await`: afterwards the contexts are those of whatever renders then.
    const place = new Place()
    const bodies = holeBodies(holes, (make) => place.text(make))
    const render = (body: FragmentBody) =>
      place.text(() => (typeof children === 'function' ? children(body) : children))
    return raw(await componentText(source, props, bodies, render))
  }
}

interface Gate {
  /** What to render, once. */
  open(make: () => JsxContent): void
  readonly text: Promise<string>
}

/**
 * Where a component stands, to render there later.
 *
 * Hono tells nobody which contexts it has, but it gives them to what an asynchronous component
 * resolves to: so one is started here, and resolved when there is something to render. On a hit it
 * never is, and is forgotten.
 */
class Place {
  #gate: Gate | Promise<Gate> = openGate()

  async text(make: () => JsxContent): Promise<string> {
    // What is inside which fragment is told by where a body runs: not where the component started.
    const inBody = AsyncLocalStorage.snapshot()
    let entered: (next: Gate) => void = () => {}
    const gate = this.#gate
    const next = new Promise<Gate>((resolve) => {
      entered = resolve
    })
    this.#gate = next
    const { open, text } = await gate
    open(() => {
      entered(openGate())
      return inBody(() => asMarkup(jsx(make, {}).toString()))
    })
    return text
  }
}

/** Starts a component where this is called, and lets it wait. */
function openGate(): Gate {
  let open: Gate['open'] = () => {}
  const made = new Promise<() => JsxContent>((resolve) => {
    open = resolve
  })
  const waiting = jsx(async () => jsx(await made, {}), {})
  return { open, text: textOf(waiting) }
}

async function textOf(node: JSXNode): Promise<string> {
  // What `Suspense` in it awaits takes the place of its fallback.
  const { Stringify } = HtmlEscapedCallbackPhase
  return String(await resolveCallback(await node.toString(), Stringify, false, {}))
}

/** What has been rendered, so that it is not escaped once more. */
function asMarkup(rendered: string | Promise<string>): JsxContent {
  return typeof rendered === 'string' ? raw(rendered) : rendered
}
