import { PassThrough } from 'node:stream'
import { text as textOfStream } from 'node:stream/consumers'
import { createElement, Fragment, type ReactNode } from 'react'
import { renderToPipeableStream } from 'react-dom/server'
import { createCache } from '../../src/fragments/react.ts'
import { templateNode } from './component-fragments.ts'
import type { FragmentEngine } from './fragment-template.ts'

/** What React puts around markup and between texts. */
const WRAPPING = /<\/?x-(raw|cache)>|<!-- -->/g

/** React, for the contract of cached fragments. */
export const reactFragments: FragmentEngine = {
  name: 'React',
  lacks: ['line', 'surrogates', 'template'],
  open: (source, templates) => {
    const Cache = createCache(source)
    const render = async (name: string, context: object) => {
      const page = templateNode<ReactNode>(
        {
          raw: rawNode,
          text: (text) => text,
          list: (nodes) => createElement(Fragment, null, ...joined(nodes)),
          component: (make) => createElement<object>(make),
          cache: (props, body, holes) =>
            createElement(Cache, { ...props, as: 'x-cache', holes, ...{ children: body } }),
        },
        templates,
        name,
        context,
      )
      return (await streamed(page)).replaceAll(WRAPPING, '')
    }
    return { render }
  },
}

/** React puts a comment between two texts. */
function joined(nodes: readonly ReactNode[]): ReactNode[] {
  const parts: ReactNode[] = []
  for (const node of nodes) {
    const last = parts.at(-1)
    if (typeof node === 'string' && typeof last === 'string') parts[parts.length - 1] = last + node
    else parts.push(node)
  }
  return parts
}

function rawNode(html: string): ReactNode {
  if (!/[<>&"']/.test(html)) return html
  // biome-ignore lint/security/noDangerouslySetInnerHtml: markup is what is asked for.
  return createElement('x-raw', { dangerouslySetInnerHTML: { __html: html } })
}

/** Renders as an application streams. Rejects with the first error. */
export async function streamed(page: ReactNode): Promise<string> {
  const into = new PassThrough()
  const { pipe } = renderToPipeableStream(page, {
    onShellReady: () => pipe(into),
    onError: (error) => {
      into.destroy(error as Error)
    },
  })
  return textOfStream(into)
}
