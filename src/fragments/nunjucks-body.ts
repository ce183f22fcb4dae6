import type {
  FilterNode,
  NunjucksNode,
  NunjucksNodeClass,
  NunjucksNodes,
  SetNode,
  ValueNode,
} from './nunjucks-ast.ts'
import type { TagSource } from './nunjucks-tag.ts'

const SAVED = '_reprise_saved'

/** Counts the tags, so that each saves under names of its own. */
let tags = 0

/**
 * Refuses what nunjucks would move out of the body, or would finish after the body has returned.
 *
 * Measured with 3.2.4: an asynchronous filter inside a tag's body is evaluated before the tag, in
 * the outer scope, so that a loop variable of the body is undefined to it.
 */
export function checkSynchronous(
  { nodes, asyncFilters, fail }: TagSource,
  body: NunjucksNode,
): void {
  for (const filter of findDeep<FilterNode>(nodes, body, nodes.Filter)) {
    const name = String(filter.name.value)
    if (asyncFilters.includes(name)) {
      fail(`The filter \`${name}\` is asynchronous: a cached body must be synchronous.`, filter)
    }
  }
  if (findDeep(nodes, body, nodes.CallExtensionAsync).length > 0) {
    fail('A cached body has an asynchronous tag: it must be synchronous.', body)
  }
}

export function namesSetIn(nodes: NunjucksNodes, body: NunjucksNode): string[] {
  const names = findDeep<SetNode>(nodes, body, nodes.Set)
    .flatMap((set) => set.targets.map((target) => target.value))
    .filter((name) => typeof name === 'string')
  return [...new Set(names)].filter((name) => !name.startsWith(SAVED))
}

/** `findAll`, and inside `{% set x %}…{% endset %}` too, which `findAll` passes over. */
function findDeep<Node extends NunjucksNode>(
  nodes: NunjucksNodes,
  root: NunjucksNode,
  type: NunjucksNodeClass<Node>,
): Node[] {
  const captured = root
    .findAll(nodes.Set)
    .flatMap((set) => (set as SetNode).body ?? [])
    .flatMap((body) => findDeep(nodes, body, type))
  return [...(root.findAll(type) as Node[]), ...captured]
}

/**
 * Puts back after the tag what `{% set %}` inside it has changed outside.
 *
 * The body's scope alone does not do: measured with nunjucks 3.2.4, a `set` of a loop variable
 * writes through any scope, because it compiles to a JavaScript variable, and one inside a `for`
 * skips the scope that should stop it. On a hit the body does not run, so either would make a page
 * that differs between hit and miss.
 */
export function keepingVariables(
  nodes: NunjucksNodes,
  call: NunjucksNode,
  names: readonly string[],
  lineno: number,
  colno: number,
): NunjucksNode[] {
  tags += 1
  const before: NunjucksNode[] = []
  const after: NunjucksNode[] = []
  const symbol = (name: string): ValueNode => new nodes.Symbol(lineno, colno, name)
  const set = (name: string, value: NunjucksNode) =>
    new nodes.Set(lineno, colno, [symbol(name)], value)
  for (const name of names) {
    // Leading underscore: nunjucks does not export it. In an array, so that it is never undefined
    // and never found in an outer template.
    const saved = `${SAVED}_${tags}_${name}`
    const savedValue = (): NunjucksNode =>
      new nodes.LookupVal(lineno, colno, symbol(saved), new nodes.Literal(lineno, colno, 0))
    const operand = new nodes.CompareOperand(lineno, colno, savedValue(), '!==')
    const changed = new nodes.Compare(lineno, colno, symbol(name), [operand])
    const restore = new nodes.NodeList(lineno, colno, [set(name, savedValue())])
    before.push(set(saved, new nodes.Array(lineno, colno, [symbol(name)])))
    after.push(new nodes.If(lineno, colno, changed, restore))
  }
  return [...before, call, ...after]
}
