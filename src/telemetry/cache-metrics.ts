import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  type ActionMessage,
  cacheChannel,
  commandChannel,
  computeChannel,
  connectChannel,
  type ErrorMessage,
  fragmentChannel,
  pageChannel,
  type ServerMessage,
} from '../channels.ts'
import type { Clock } from '../clock.ts'
import { Durations, type Family, Numbers } from './series.ts'
import { errorType, onEnd } from './timed.ts'

/** What a server is told to be, as a figure that can be summed: how many are up. */
const IS_UP: Readonly<Record<ServerMessage['state'], 0 | 1 | undefined>> = {
  up: 1,
  down: 0,
  probing: 0,
  gutter: 0,
  added: undefined,
  removed: undefined,
}

/**
 * Counts what this process asks of its caches, from when it is made until it is closed.
 *
 * It listens on the channels, so that it tells of everything of the package in this process. No key
 * and no address is a label.
 */
export class CacheMetrics {
  readonly #families = {
    requests: new Numbers(
      'counter',
      'reprise_requests_total',
      ['alias', 'operation', 'result'],
      'Keys that were asked for or written, by what became of them.',
    ),
    requestSeconds: new Durations(
      'reprise_request_duration_seconds',
      ['alias', 'operation'],
      'Calls of the low-level cache, until they settled.',
    ),
    computeSeconds: new Durations(
      'reprise_compute_duration_seconds',
      ['alias', 'result'],
      'Computations of missing values.',
    ),
    pages: new Numbers(
      'counter',
      'reprise_pages_total',
      ['alias', 'page', 'result', 'reason'],
      'Requests that the page cache looked at. `page` is the `name` of its options.',
    ),
    pageSeconds: new Durations(
      'reprise_page_render_duration_seconds',
      ['alias', 'page'],
      'Handlers that ran for a page.',
    ),
    fragments: new Numbers(
      'counter',
      'reprise_fragments_total',
      ['alias', 'fragment', 'result'],
      'Fragments of templates, by what became of them.',
    ),
    fragmentSeconds: new Durations(
      'reprise_fragment_render_duration_seconds',
      ['alias', 'fragment'],
      'Bodies of fragments that ran.',
    ),
    commands: new Numbers(
      'counter',
      'reprise_commands_total',
      ['server', 'operation', 'result'],
      'Commands that were sent to servers.',
    ),
    commandSeconds: new Durations(
      'reprise_command_duration_seconds',
      ['server', 'operation'],
      'Commands, or batches of the same command, until their replies were read.',
    ),
    connects: new Numbers(
      'counter',
      'reprise_connects_total',
      ['server', 'result'],
      'Attempts to open a connection.',
    ),
    up: new Numbers(
      'gauge',
      'reprise_server_up',
      ['server'],
      'Whether this process takes the server for up.',
    ),
    errors: new Numbers(
      'counter',
      'reprise_errors_total',
      ['operation', 'code'],
      'Failures, also those that callers see as misses.',
    ),
    actions: new Numbers(
      'counter',
      'reprise_actions_total',
      ['action', 'result'],
      'What was changed by hand, in the dashboard.',
    ),
  }
  readonly #undo: readonly (() => void)[]

  constructor(clock: Clock) {
    this.#undo = [...this.#calls(clock), ...this.#renderings(clock), ...this.#servers(clock)]
  }

  get families(): readonly Family[] {
    return Object.values(this.#families)
  }

  close(): void {
    for (const undo of this.#undo) undo()
  }

  #calls(clock: Clock): (() => void)[] {
    const { requests, requestSeconds, computeSeconds } = this.#families
    return [
      onEnd(cacheChannel, clock, ({ alias, operation, keyCount, ...told }, seconds) => {
        requestSeconds.add(seconds, alias, operation)
        const { hits = 0, stale = 0, misses = 0, stored = 0, refused = 0, error } = told
        requests.add(hits, alias, operation, 'hit')
        requests.add(stale, alias, operation, 'stale')
        requests.add(misses, alias, operation, 'miss')
        requests.add(stored, alias, operation, 'stored')
        requests.add(refused, alias, operation, 'refused')
        const unknown = keyCount - hits - stale - misses - stored - refused
        if (error !== undefined) requests.add(Math.max(0, unknown), alias, operation, 'error')
      }),
      onEnd(computeChannel, clock, ({ alias, error }, seconds) => {
        computeSeconds.add(seconds, alias, error === undefined ? 'ok' : 'error')
      }),
    ]
  }

  #renderings(clock: Clock): (() => void)[] {
    const { pages, pageSeconds, fragments, fragmentSeconds } = this.#families
    return [
      onEnd(pageChannel, clock, ({ alias, name = '', result = '', reason = '', renderMs }) => {
        pages.add(1, alias, name, result, reason)
        if (renderMs !== undefined) pageSeconds.add(renderMs / 1000, alias, name)
      }),
      onEnd(fragmentChannel, clock, ({ alias, name, result = '', renderMs }) => {
        fragments.add(1, alias, name, result)
        if (renderMs !== undefined) fragmentSeconds.add(renderMs / 1000, alias, name)
      }),
    ]
  }

  #servers(clock: Clock): (() => void)[] {
    const { commands, commandSeconds, connects, up, errors, actions } = this.#families
    return [
      onEnd(commandChannel, clock, ({ server, operation, count, error }, seconds) => {
        commands.add(count, server, operation, error === undefined ? 'ok' : errorType(error))
        commandSeconds.add(seconds, server, operation)
      }),
      onEnd(connectChannel, clock, ({ server, error }) => {
        connects.add(1, server, error === undefined ? 'ok' : errorType(error))
      }),
      listen('reprise:server', (message: ServerMessage) => {
        const isUp = IS_UP[message.state]
        if (isUp !== undefined) up.set(isUp, message.server)
      }),
      listen('reprise:error', ({ operation, error }: ErrorMessage) => {
        errors.add(1, operation, errorType(error))
      }),
      listen('reprise:action', ({ action, result }: ActionMessage) => {
        actions.add(1, action, result)
      }),
    ]
  }
}

function listen<Message>(name: string, told: (message: Message) => void): () => void {
  const listener = (message: unknown): void => told(message as Message)
  subscribe(name, listener)
  return () => void unsubscribe(name, listener)
}
