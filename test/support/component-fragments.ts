import type { CacheProps } from '../../src/fragments/component.ts'
import type { FragmentBody, HoleValues } from '../../src/fragments/index.ts'
import type { CacheEachPart, CachePart, Part, Value } from './fragment-template.ts'

/** Variables that a place of a template knows. */
export type Variables = Readonly<Record<string, unknown>>

/** A component library, as the contract of cached fragments needs it. */
export interface ComponentLibrary<Node> {
  /** Markup as it is. */
  raw(html: string): Node
  text(text: string): Node
  /** Several nodes as one. */
  list(nodes: readonly Node[]): Node
  /** A component without props that renders what `make` returns. */
  component(make: () => Node): Node
  cache(
    props: CacheProps,
    body: (body: FragmentBody) => Node,
    holes: Readonly<Record<string, (values: HoleValues) => Node>>,
  ): Node
}

/** Renders the template `name` as nodes of a library. */
export function templateNode<Node>(
  library: ComponentLibrary<Node>,
  templates: Readonly<Record<string, readonly Part[]>>,
  name: string,
  context: object,
): Node {
  const include = (included: string, variables: Variables) =>
    library.component(() => nodeOf(templates[included] ?? [], variables, undefined))

  function nodeOf(parts: readonly Part[], known: Variables, body: FragmentBody | undefined): Node {
    return library.list(parts.map((part) => partNode(part, known, body)))
  }

  function partNode(part: Part, known: Variables, body: FragmentBody | undefined): Node {
    if (typeof part === 'string') return library.raw(part)
    if ('show' in part) return library.text(textOf(known, part.show))
    if ('raw' in part) return library.raw(textOf(known, part.raw))
    if ('run' in part) return library.text((known.run as (label: string) => string)(part.run))
    if ('include' in part) return include(part.include, known)
    if ('nocache' in part) return holeNode(part, known, body)
    if ('of' in part) {
      const items = itemsOf(known, part.of)
      return library.list(items.map((item) => cacheNode(part, { ...known, [part.as]: item })))
    }
    if ('each' in part) {
      const items = itemsOf(known, part.each)
      return library.list(
        items.map((item) => nodeOf(part.body, { ...known, [part.as]: item }, body)),
      )
    }
    return cacheNode(part, known)
  }

  function holeNode(part: NocachePart, known: Variables, body: FragmentBody | undefined): Node {
    const values = valuesOf(part, known)
    if (body === undefined) return nodeOf(part.nocache, { ...known, ...values }, undefined)
    return library.text(body.hole(JSON.stringify(part), values))
  }

  function cacheNode(part: CachePart | CacheEachPart, known: Variables): Node {
    const holes = holesIn(part.body).map((hole) => {
      const fill = (values: HoleValues) => nodeOf(hole.nocache, { ...known, ...values }, undefined)
      return [JSON.stringify(hole), fill] as const
    })
    return library.cache(
      propsOf(part, known),
      (body) => nodeOf(part.body, known, body),
      Object.fromEntries(holes),
    )
  }

  return include(name, context as Variables)
}

type NocachePart = Extract<Part, { readonly nocache: unknown }>

function propsOf(
  { cache, ttl, vary, using, tags, swr, version }: CachePart,
  known: Variables,
): CacheProps {
  return {
    name: cache,
    ttl: givenValue(ttl, known) as CacheProps['ttl'],
    varyOn: vary?.map((value) => givenValue(value, known)),
    using,
    tags: tags?.map((value) => String(givenValue(value, known))),
    staleWhileRevalidate: swr,
    version,
  }
}

function holesIn(parts: readonly Part[]): NocachePart[] {
  return parts.flatMap((part) => {
    if (typeof part === 'string') return []
    if ('nocache' in part) return [part]
    return 'body' in part ? holesIn(part.body) : []
  })
}

function valuesOf({ values = {} }: NocachePart, known: Variables): HoleValues {
  const entries = Object.entries(values)
  return Object.fromEntries(
    entries.map(([name, of]) => [name, variableOf(known, of)]),
  ) as HoleValues
}

function givenValue(value: Value, known: Variables): unknown {
  return 'variable' in value ? variableOf(known, value.variable) : value.literal
}

function itemsOf(known: Variables, name: string): readonly unknown[] {
  return variableOf(known, name) as readonly unknown[]
}

function textOf(known: Variables, name: string): string {
  return String(variableOf(known, name) ?? '')
}

/** `name`, or `item.name`. */
function variableOf(known: Variables, path: string): unknown {
  let value: unknown = known
  for (const name of path.split('.')) value = (value as Variables | undefined)?.[name]
  return value
}
