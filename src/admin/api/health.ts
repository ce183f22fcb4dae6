/**
 * What `GET api/health` answers: what is wrong, in sentences, each with what to do.
 *
 * @module
 */

export type Severity = 'critical' | 'warning' | 'info'

export interface Finding {
  /** Which of the checks, such as `memory-full`. */
  readonly id: string
  readonly severity: Severity
  /** `null`: it is about all of them. */
  readonly server: string | null
  readonly alias: string | null
  readonly sentence: string
  /** What to do. */
  readonly advice: string
}

export interface HealthReply {
  readonly schemaVersion: 1
  /** The worst first. Empty: nothing was found. */
  readonly findings: readonly Finding[]
  readonly checks: number
}
