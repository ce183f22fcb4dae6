/**
 * `reprise/preact`: cached fragments in Preact, rendered by `renderToStringAsync`.
 *
 * @module
 */

import {
  Component,
  type ComponentChildren,
  Fragment,
  type FunctionComponent,
  h,
  type VNode,
} from 'preact'
import { jsxTemplate } from 'preact/jsx-runtime'
import { renderToStringAsync } from 'preact-render-to-string'
import { type CacheProps, componentText, holeBodies, missingChildren } from './component.ts'
import type { HoleValues } from './content.ts'
import type { FragmentBody } from './fragment.ts'
import type { FragmentSource } from './source.ts'

/** How one `<Cache>` is named, kept and rendered. */
export interface PreactCacheProps extends CacheProps {
  /**
   * What is cached: a function, which a hit does not call. Of nodes a hit renders no component, but
   * the expressions among them have run before.
   */
  readonly children?: ComponentChildren | ((body: FragmentBody) => ComponentChildren)
  /** Its uncached parts by name, and those of the fragments inside it: each is rendered on each call. */
  readonly holes?: Readonly<Record<string, (values: HoleValues) => ComponentChildren>> | undefined
}

/** The type of a `<Cache>`. */
export type PreactCache = FunctionComponent<PreactCacheProps>

/**
 * Returns the component `<Cache>` over `source`.
 *
 * All that are rendered side by side are read in one round trip. Contexts are known in the body and
 * in the uncached parts as where the component stands. Synchronous rendering refuses it.
 *
 * @example
 * ```ts
 * import { h } from 'preact'
 * import { renderToStringAsync } from 'preact-render-to-string'
 * import { createCaches } from 'reprise'
 * import { createCache } from 'reprise/preact'
 *
 * const Cache = createCache(createCaches())
 * // <Cache name="sidebar" ttl="15m" varyOn={['alice']}>{() => <aside>…</aside>}</Cache>
 * const children = () => h('aside', null, '…')
 * console.log(await renderToStringAsync(h(Cache, { name: 'sidebar', ttl: '15m', varyOn: ['alice'], children })))
 * ```
 */
export function createCache(source: FragmentSource): PreactCache {
  // A stream begins again at the boundary around what has suspended, with the same props.
  const asked = new WeakMap<PreactCacheProps, Asked>()
  return function Cache(props, context) {
    const { children, holes, ...rest } = props
    if (children === undefined) throw missingChildren(rest.name)
    // A component without `contextType` is given all contexts: with them a nested render has them.
    const textOf = async (make: () => ComponentChildren) =>
      renderToStringAsync(h(Made, { make }), context)
    const known = asked.get(props)
    if (known !== undefined) return h(Text, { asked: known })
    const text = componentText(source, rest, holeBodies(holes, textOf), (body) =>
      textOf(() => (typeof children === 'function' ? children(body) : children)),
    )
    const state: Asked = {
      ended: text.then((made) => {
        state.text = made
      }),
      text: undefined,
    }
    asked.set(props, state)
    return h(Text, { asked: state })
  }
}

interface MadeProps {
  readonly make: () => ComponentChildren
}

/** What a function returns, called where it may use hooks. */
function Made({ make }: MadeProps): VNode {
  return h(Fragment, null, make())
}

interface Asked {
  readonly ended: Promise<void>
  text: string | undefined
}

interface TextProps {
  readonly asked: Asked
}

/**
 * A text that is awaited. A component of its own, or the siblings of a `<Cache>` would wait for it:
 * the renderer goes on beside the component around the one that suspends. A class, because it marks
 * what a suspended function renders with comments.
 */
class Text extends Component<TextProps> {
  override render({ asked }: TextProps): VNode {
    if (asked.text === undefined) throw asked.ended
    return jsxTemplate([asked.text])
  }
}
