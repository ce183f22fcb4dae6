/**
 * What `POST api/actions/<name>` takes and answers, and `GET api/audit`.
 *
 * @module
 */

import type { Milliseconds } from '../../units.ts'

/** The body of each action. */
export interface ActionRequests {
  /** Removes all that an alias holds, in all versions. Needs `bump`. */
  readonly clear: { readonly alias: string; readonly confirm: string }
  /** Needs `invalidate`. `soft`, the default: what is there is stale. `hard`: it is gone. */
  readonly 'invalidate-tags': {
    readonly alias: string
    readonly tags: readonly string[]
    readonly mode?: 'soft' | 'hard'
  }
  /** Needs `delete`. Without `alias` the key is one as it is on the server. */
  readonly 'delete-key': { readonly alias?: string; readonly key: string }
  /**
   * Needs `delete`. Deletes at most `limit` (1,000; up to 10,000) keys that start so on the servers;
   * with `dryRun` it counts them. Without it `confirm` is the prefix again.
   */
  readonly 'delete-prefix': {
    readonly prefix: string
    readonly limit?: number
    readonly dryRun?: boolean
    readonly confirm?: string
  }
  /** Needs `flush`. Empties one server, whoever's items they are. `confirm` is its name again. */
  readonly 'flush-server': { readonly server: string; readonly confirm: string }
}

export type ActionName = keyof ActionRequests

export interface ActionReply {
  readonly schemaVersion: 1
  readonly ok: boolean
  /** How many keys it concerned. `null`: nobody counts them. */
  readonly count: number | null
  /** `false`: there is more of it, a limit ended it. */
  readonly complete: boolean
  readonly message: string
  readonly tookMs: Milliseconds
}

export interface AuditEntry {
  readonly atMs: Milliseconds
  readonly actor: string
  readonly action: string
  /** What it was done to: an alias, a server, a tag; a key only where `auditKeys` says so. */
  readonly target: string
  readonly result: 'done' | 'failed' | 'refused'
  readonly message: string
}

export interface AuditReply {
  readonly schemaVersion: 1
  /** The last first; at most 200 of this process. */
  readonly entries: readonly AuditEntry[]
}

/** Whatever is not answered with what was asked for. */
export interface ProblemReply {
  readonly schemaVersion: 1
  readonly error: string
}
