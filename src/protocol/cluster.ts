import { CacheError, shown } from '../errors.ts'

/** What an ElastiCache configuration endpoint tells. */
export interface ClusterConfig {
  /** Counts up with every change. */
  readonly version: number
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
}

/** Asks for it. Source: Amazon ElastiCache User Guide, "Adding Auto Discovery To Your Client Library". */
export const ASK_CLUSTER = 'config get cluster\r\n'

/** The same for engines before 1.4.14. */
export const ASK_OLD_CLUSTER = 'get AmazonElastiCache:cluster\r\n'

const END = 'END\r\n'
const HEAD = /^(?:CONFIG|VALUE) \S+ \d+ \d+\r\n/
// A host may begin with a digit, and one of host and address may be empty.
const NODE = /^([\w.-]*)\|([\w.:-]*)\|(\d{1,5})$/

/** Whether `text` is a whole answer, good or bad. */
export function isClusterReply(text: string): boolean {
  return text.endsWith(END) || (text.endsWith('\r\n') && /^(?:\w+_)?ERROR/.test(text))
}

/**
 * Reads a whole answer: a head, a line with the version, one with the nodes as `host|ip|port`
 * between spaces, and an end. `undefined` where the server does not know the question.
 *
 * @throws {@link CacheError} `ERR_PROTOCOL`.
 */
export function parseCluster(text: string): ClusterConfig | undefined {
  if (/^(?:\w+_)?ERROR/.test(text) || text === END) return undefined
  const head = HEAD.exec(text)
  const [version = '', nodes = ''] = text
    .slice(head?.[0].length ?? 0, -END.length)
    .trim()
    .split(/\r?\n/)
  if (head === null || !/^\d{1,15}$/.test(version)) throw clusterError(text)
  const words = nodes.split(' ').filter((word) => word !== '')
  return { version: Number(version), nodes: words.map(parseNode) }
}

function parseNode(text: string): { readonly host: string; readonly port: number } {
  const [, name = '', address = '', digits] = NODE.exec(text) ?? []
  const host = name === '' ? address : name
  const port = Number(digits)
  if (host === '' || !(port >= 1 && port <= 65_535)) throw clusterError(text)
  return { host, port }
}

function clusterError(text: string): CacheError {
  const message = `A configuration endpoint answered ${shown(text)}: it is no list of nodes.`
  return new CacheError('ERR_PROTOCOL', message)
}
