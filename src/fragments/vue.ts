/**
 * `reprise/vue`: cached fragments in Vue 3, rendered on the server.
 *
 * @module
 */

import type { ComponentInternalInstance } from 'vue'
import { ssrRenderSlotInner } from 'vue/server-renderer'
import { type CacheProps, componentText, missingChildren } from './component.ts'
import type { HoleValues } from './content.ts'
import type { AsyncHoleBody, FragmentBody } from './fragment.ts'
import type { FragmentSource } from './source.ts'

/** The type of a `<Cache>`. */
export type VueCache = new () => {
  readonly $props: CacheProps
  readonly $slots: {
    /** What is cached. A hit does not render it. */
    default(body: FragmentBody): unknown
    /** Its uncached parts, and those of the fragments inside it: each is rendered on each call. */
    [hole: string]: (values: HoleValues & FragmentBody) => unknown
  }
}

const PROPS: readonly (keyof CacheProps)[] = [
  'digest',
  'name',
  'staleWhileRevalidate',
  'tags',
  'ttl',
  'using',
  'varyOn',
  'version',
  'waitMs',
]

/** A piece of a page, where some pieces are still awaited. */
type Piece = string | Piece[] | Promise<Piece[]>
type Push = (piece: Piece) => void

/**
 * Returns the component `<Cache>` over `source`.
 *
 * All that are rendered side by side are read in one round trip. What is provided and injected is
 * so in the body and in the uncached parts as where the component stands.
 *
 * @example
 * ```ts
 * import { createCaches } from 'reprise'
 * import { createCache } from 'reprise/vue'
 * import { createSSRApp } from 'vue'
 * import { renderToString } from 'vue/server-renderer'
 *
 * const template = `<Cache name="sidebar" ttl="15m" :vary-on="['alice']"><aside>…</aside></Cache>`
 * const app = createSSRApp({ template, components: { Cache: createCache(createCaches()) } })
 * console.log(await renderToString(app))
 * ```
 */
export function createCache(source: FragmentSource): VueCache {
  const component = {
    name: 'Cache',
    inheritAttrs: false,
    props: PROPS,
    // What compiled templates have. Not an asynchronous `setup`: what that throws is no more than
    // logged in production, and the page would come without the fragment.
    ssrRender(_context: unknown, push: Push, instance: ComponentInternalInstance) {
      const pieces = slotsText(source, instance).then((text) => [text])
      // The renderer awaits one piece after the other, and gives up at the first that fails.
      pieces.catch(() => {})
      push(pieces)
    },
  }
  return component as unknown as VueCache
}

async function slotsText(
  source: FragmentSource,
  instance: ComponentInternalInstance,
): Promise<string> {
  const props = instance.props as unknown as CacheProps
  const { default: body, ...others } = instance.slots
  if (body === undefined) throw missingChildren(props.name)
  const holes: Record<string, AsyncHoleBody> = {}
  for (const name of Object.keys(others)) {
    holes[name] = (values) => slotText(instance, name, values)
  }
  return componentText(source, props, holes, ({ hole }) => slotText(instance, 'default', { hole }))
}

/** Renders a slot as a part of the component, so that it has all that the component has. */
function slotText(
  instance: ComponentInternalInstance,
  name: string,
  props: Record<string, unknown>,
): Promise<string> {
  const pieces: Piece[] = []
  ssrRenderSlotInner(instance.slots, name, props, null, (piece) => pieces.push(piece), instance)
  return textOf(pieces)
}

async function textOf(pieces: readonly Piece[]): Promise<string> {
  const texts = pieces.map(async (piece) =>
    typeof piece === 'string' ? piece : textOf(await piece),
  )
  return (await Promise.all(texts)).join('')
}
