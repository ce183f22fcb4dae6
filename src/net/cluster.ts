import type { Socket } from 'node:net'
import { CacheError } from '../errors.ts'
import {
  ASK_CLUSTER,
  ASK_OLD_CLUSTER,
  type ClusterConfig,
  isClusterReply,
  parseCluster,
} from '../protocol/cluster.ts'
import type { Bytes } from '../units.ts'
import type { ServerAddress } from './address.ts'
import { type DialOptions, dial, whenTrusted } from './dial.ts'
import { unreachableError } from './unreachable.ts'

// A hundred times the 60 nodes that a cluster may have.
const MAX_REPLY: Bytes = 1_048_576

/**
 * Asks an ElastiCache configuration endpoint for its nodes, over a connection of its own that is
 * not greeted: only this question must be known there.
 *
 * @throws {@link CacheError} `ERR_CONNECTION`, `ERR_PROTOCOL`; the reason of `signal`.
 */
export async function askCluster(
  address: ServerAddress,
  options: DialOptions,
  signal: AbortSignal,
): Promise<ClusterConfig> {
  for (const question of [ASK_CLUSTER, ASK_OLD_CLUSTER]) {
    const config = parseCluster(await ask(address, question, options, signal))
    if (config !== undefined) return config
  }
  const server = address.name
  const message = `The server ${server} knows no cluster: it is no ElastiCache configuration endpoint.`
  throw new CacheError('ERR_PROTOCOL', message, { server })
}

async function ask(
  address: ServerAddress,
  question: string,
  options: DialOptions,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted()
  const socket = dial(address, options)
  const abort = (): void => void socket.destroy()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await answer(address.name, socket, question)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
    socket.destroy()
  }
}

function answer(server: string, socket: Socket, question: string): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    let text = ''
    socket.on('error', (cause) => reject(unreachableError(server, socket, cause)))
    socket.on('close', () => reject(unreachableError(server, socket)))
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (isClusterReply(text)) return resolve(text)
      if (text.length <= MAX_REPLY) return
      const message = `The server ${server} answered more than ${MAX_REPLY} bytes: it is no list of nodes.`
      reject(new CacheError('ERR_PROTOCOL', message, { server }))
    })
    whenTrusted(socket, () => socket.write(question))
  })
}
