import { printable } from './terminal.ts'

/** What is said, and what was said first: the name of the trouble is often there. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return printable(String(error))
  let first: Error = error
  while (first.cause instanceof Error) first = first.cause
  const { message } = error
  return printable(message.includes(first.message) ? message : `${message} (${first.message})`)
}
