import { type Child, Fragment, type JSXNode, jsx } from 'hono/jsx'
import { raw } from 'hono/utils/html'
import { createCache, type JsxContent } from '../../src/fragments/jsx.ts'
import { templateNode } from './component-fragments.ts'
import type { FragmentEngine } from './fragment-template.ts'

/** The JSX of Hono, for the contract of cached fragments. */
export const jsxFragments: FragmentEngine = {
  name: 'Hono JSX',
  lacks: ['line', 'template'],
  open: (source, templates) => {
    const Cache = createCache(source)
    // A promise is a child, though the types of `jsx` do not say so.
    const list = (nodes: readonly JsxContent[]): JSXNode => jsx(Fragment, {}, ...(nodes as Child[]))
    const render = async (name: string, context: object) => {
      const page = templateNode<JsxContent>(
        {
          raw,
          text: (text) => text,
          list,
          component: (make) => jsx(make, {}),
          cache: (props, body, holes) => jsx(Cache, { ...props, holes, children: body }),
        },
        templates,
        name,
        context,
      )
      return String(await list([page]).toString())
    }
    return { render }
  },
}
