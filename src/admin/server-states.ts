import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  type ConnectContext,
  connectChannel,
  type ErrorMessage,
  type ServerMessage,
} from '../channels.ts'
import type { Clock } from '../clock.ts'
import { CacheError } from '../errors.ts'
import type { RingServer } from './api/servers.ts'

const ERROR_CHARACTERS = 200
const MAX_SERVERS = 1000

export type ServerState = Pick<
  RingServer,
  'state' | 'stateSinceMs' | 'connects' | 'lastError' | 'lastErrorAtMs'
>

const UNKNOWN: ServerState = Object.freeze({
  state: 'unknown',
  stateSinceMs: null,
  connects: 0,
  lastError: null,
  lastErrorAtMs: null,
})

/** Follows how the clients of this process see their servers, until it is closed. */
export class ServerStates {
  readonly #clock: Clock
  readonly #states = new Map<string, ServerState>()
  readonly #onState = (message: unknown): void => this.#change(message as ServerMessage)
  readonly #onError = (message: unknown): void => {
    const { server, error } = message as ErrorMessage
    if (server !== undefined) this.#fail(server, error)
  }
  readonly #onConnect = (message: unknown): void => {
    const { server, error } = message as ConnectContext
    if (error !== undefined) this.#fail(server, error)
    else this.#set(server, { connects: this.of(server).connects + 1 })
  }

  constructor(clock: Clock) {
    this.#clock = clock
    subscribe('reprise:server', this.#onState)
    subscribe('reprise:error', this.#onError)
    connectChannel.asyncEnd.subscribe(this.#onConnect)
  }

  of(server: string): ServerState {
    return this.#states.get(server) ?? UNKNOWN
  }

  close(): void {
    unsubscribe('reprise:server', this.#onState)
    unsubscribe('reprise:error', this.#onError)
    connectChannel.asyncEnd.unsubscribe(this.#onConnect)
  }

  #change({ server, state, error }: ServerMessage): void {
    this.#set(server, {
      state: state === 'added' ? 'unknown' : state,
      stateSinceMs: this.#clock.now(),
    })
    if (error !== undefined) this.#fail(server, error)
  }

  #fail(server: string, error: unknown): void {
    const text = CacheError.is(error) || error instanceof Error ? error.message : 'It failed.'
    const lastError = text.slice(0, ERROR_CHARACTERS)
    this.#set(server, { lastError, lastErrorAtMs: this.#clock.now() })
  }

  #set(server: string, change: Partial<ServerState>): void {
    if (this.#states.size >= MAX_SERVERS && !this.#states.has(server)) return
    this.#states.set(server, { ...this.of(server), ...change })
  }
}
