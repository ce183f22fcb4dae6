import { channel } from 'node:diagnostics_channel'
import type { ErrorMessage, ServerMessage } from '../../src/channels.ts'

export interface Published<Message> extends Disposable {
  readonly messages: readonly Message[]
  /** Those since the last time. */
  take(): Message[]
}

/** What is published on `reprise:error` until it is disposed. */
export function publishedErrors(): Published<ErrorMessage> {
  return published('reprise:error')
}

/** What is published on `reprise:server` until it is disposed. */
export function publishedStates(): Published<ServerMessage> {
  return published('reprise:server')
}

function published<Message>(name: string): Published<Message> {
  const messages: Message[] = []
  const listen = (message: unknown): void => {
    messages.push(message as Message)
  }
  channel(name).subscribe(listen)
  return {
    messages,
    take: () => messages.splice(0),
    [Symbol.dispose]: () => void channel(name).unsubscribe(listen),
  }
}

/** What is published on `reprise:error` while `run` runs. */
export async function errorsWhile(run: () => Promise<void>): Promise<readonly ErrorMessage[]> {
  using errors = publishedErrors()
  await run()
  return errors.messages
}
