/**
 * `reprise/react`: cached fragments in React 19, rendered on the server: streamed, or prerendered.
 *
 * @module
 */

import { text as textOfStream } from 'node:stream/consumers'
import {
  type Context,
  createElement,
  type HTMLAttributes,
  type ReactElement,
  type ReactNode,
  use,
} from 'react'
import { prerenderToNodeStream } from 'react-dom/static'
import { type CacheProps, componentText, holeBodies, missingChildren } from './component.ts'
import type { HoleValues } from './content.ts'
import type { FragmentBody } from './fragment.ts'
import { fragmentKey } from './key.ts'
import type { FragmentSource } from './source.ts'

/** How one `<Cache>` is named, kept and rendered. */
export interface ReactCacheProps extends CacheProps {
  /**
   * What is cached: a function, which a hit does not call. Of nodes a hit renders no component, but
   * the expressions among them have run before.
   */
  readonly children?: ReactNode | ((body: FragmentBody) => ReactNode)
  /** Its uncached parts by name, and those of the fragments inside it: each is rendered on each call. */
  readonly holes?: Readonly<Record<string, (values: HoleValues) => ReactNode>> | undefined
  /** The element that the text is put in: React inserts markup nowhere else. Default: `'div'`. */
  readonly as?: string | undefined
  /** Attributes of that element. They are not cached. */
  readonly attributes?: HTMLAttributes<HTMLElement> | undefined
  /** The contexts that the body and the uncached parts may use. All others have their defaults there. */
  // biome-ignore lint/suspicious/noExplicitAny: contexts of different types, each of which gets its own value.
  readonly contexts?: readonly Context<any>[] | undefined
}

/** The type of a `<Cache>`. */
export type ReactCache = (props: ReactCacheProps) => ReactElement

/**
 * Returns the component `<Cache>` over `source`.
 *
 * It suspends until its text is known. All that are rendered side by side are read in one round
 * trip. `renderToString` and `renderToStaticMarkup` do not wait, and refuse it.
 *
 * @example
 * ```ts
 * import { createElement } from 'react'
 * import { prerenderToNodeStream } from 'react-dom/static'
 * import { createCaches } from 'reprise'
 * import { createCache } from 'reprise/react'
 *
 * const Cache = createCache(createCaches())
 * // <Cache name="sidebar" ttl="15m" varyOn={['alice']} as="aside">{() => <p>…</p>}</Cache>
 * const children = () => createElement('p', null, '…')
 * const page = createElement(Cache, { name: 'sidebar', ttl: '15m', varyOn: ['alice'], as: 'aside', children })
 * const { prelude } = await prerenderToNodeStream(page)
 * prelude.pipe(process.stdout)
 * ```
 */
export function createCache(source: FragmentSource): ReactCache {
  // A component that has suspended is called again, with the same props.
  const asked = new WeakMap<ReactCacheProps, Promise<string>>()
  return function Cache(props) {
    const { as = 'div', attributes, contexts = [], children, holes, ...rest } = props
    if (children === undefined) throw missingChildren(rest.name)
    const values = contexts.map((context): unknown => use(context))
    const textOf = (make: () => ReactNode) => {
      const within = contexts.reduce<ReactNode>(
        (inner, context, i) => createElement(context, { value: values[i] }, inner),
        createElement<object>(make),
      )
      return renderedText(within, fragmentKey(rest.name, rest.varyOn))
    }
    const text =
      asked.get(props) ??
      componentText(source, rest, holeBodies(holes, textOf), (body) =>
        textOf(() => (typeof children === 'function' ? children(body) : children)),
      )
    asked.set(props, text)
    return createElement(as, { ...attributes, dangerouslySetInnerHTML: { __html: use(text) } })
  }
}

/** Renders to the end, whatever suspends in it. `prefix`: of the ids that `useId` makes. */
async function renderedText(content: ReactNode, prefix: string): Promise<string> {
  const failures: unknown[] = []
  const { prelude } = await prerenderToNodeStream(content, {
    identifierPrefix: prefix,
    // Or what a large boundary renders would come last, with a script that moves it: inserted as
    // markup, which this is, no script runs.
    progressiveChunkSize: Infinity,
    onError: (error) => {
      failures.push(error)
    },
  })
  const text = await textOfStream(prelude)
  // Of a boundary that failed there is the fallback only: that must not be kept.
  if (failures.length > 0) throw failures[0]
  return text
}
