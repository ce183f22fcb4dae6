import type { Answer } from '../../net/pending.ts'

/** Where an answer came from. */
export interface Origin {
  readonly server: string
  /** The id of the connection: what a CAS is valid on. */
  readonly connection: number
}

/** Turns an answer into what the caller gets, or throws what the caller's promise rejects with. */
export type Reader<T> = (answer: Answer, origin: Origin) => T
