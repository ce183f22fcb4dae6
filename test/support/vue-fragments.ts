import {
  createSSRApp,
  createStaticVNode,
  createTextVNode,
  Fragment,
  h,
  type VNode,
  type VNodeArrayChildren,
} from 'vue'
import { renderToString } from 'vue/server-renderer'
import type { FragmentBody } from '../../src/fragments/index.ts'
import { createCache } from '../../src/fragments/vue.ts'
import { templateNode } from './component-fragments.ts'
import type { FragmentEngine } from './fragment-template.ts'

/** What Vue puts around lists of nodes. */
const MARKERS = /<!--[[\]]-->/g

/** Vue, for the contract of cached fragments. */
export const vueFragments: FragmentEngine = {
  name: 'Vue',
  lacks: ['line', 'template'],
  open: (source, templates) => {
    const Cache = createCache(source)
    const render = async (name: string, context: object) => {
      const page = templateNode<VNode>(
        {
          raw: (html) => createStaticVNode(html, 1),
          text: createTextVNode,
          list: (nodes) => h(Fragment, [...nodes]),
          component: (make) => h({ render: make }),
          cache: (props, body, holes) => {
            const slot = (given: FragmentBody) => contentOf(body(given))
            return h(Cache, { ...props }, { ...holes, default: slot })
          },
        },
        templates,
        name,
        context,
      )
      return (await renderToString(createSSRApp({ render: () => page }))).replaceAll(MARKERS, '')
    }
    return { render }
  },
}

/** A slot returns the nodes themselves: a list would have markers. */
function contentOf(node: VNode): VNodeArrayChildren {
  return node.type === Fragment && Array.isArray(node.children) ? node.children : [node]
}
