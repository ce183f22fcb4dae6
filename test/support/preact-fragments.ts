import { type ComponentChildren, Fragment, h } from 'preact'
import { jsxTemplate } from 'preact/jsx-runtime'
import { renderToStringAsync } from 'preact-render-to-string'
import { createCache } from '../../src/fragments/preact.ts'
import { templateNode } from './component-fragments.ts'
import type { FragmentEngine } from './fragment-template.ts'

/** Preact, for the contract of cached fragments. */
export const preactFragments: FragmentEngine = {
  name: 'Preact',
  lacks: ['line', 'template'],
  open: (source, templates) => {
    const Cache = createCache(source)
    const render = async (name: string, context: object) => {
      const page = templateNode<ComponentChildren>(
        {
          raw: (html) => jsxTemplate([html]),
          text: (text) => text,
          list: (nodes) => h(Fragment, null, ...nodes),
          component: (make) => h(() => h(Fragment, null, make()), null),
          cache: (props, body, holes) => h(Cache, { ...props, holes, children: body }),
        },
        templates,
        name,
        context,
      )
      return renderToStringAsync(h(Fragment, null, page))
    }
    return { render }
  },
}
