/** One thing that `doctor` has to say. */
export interface Finding {
  /** `'problem'`: something is wrong. `'advice'`: it could be better, or is to be known. */
  readonly level: 'problem' | 'advice'
  /** Stable, for programs. */
  readonly code: string
  /** A server, or the settings. */
  readonly where: string
  /** What is so: a sentence. */
  readonly text: string
  /** What to do about it: a sentence. */
  readonly action: string
}

/** Collects what is found at one place. */
export class Findings {
  readonly #where: string
  readonly #all: Finding[] = []

  constructor(where: string) {
    this.#where = where
  }

  get all(): readonly Finding[] {
    return this.#all
  }

  problem(code: string, text: string, action: string): void {
    this.#all.push({ level: 'problem', code, where: this.#where, text, action })
  }

  advice(code: string, text: string, action: string): void {
    this.#all.push({ level: 'advice', code, where: this.#where, text, action })
  }
}
