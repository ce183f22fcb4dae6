type Mode = 'work' | 'throw' | 'hang' | 'emit'

/** A store for Keyv that keeps its entries in a map, and fails in the ways that adapters fail. */
export class FaultyStore {
  mode: Mode = 'work'
  /** What `set` and `delete` were asked for, in order. */
  readonly changes: string[] = []
  readonly entries = new Map<string, unknown>()
  readonly #listeners: ((error: unknown) => void)[] = []
  #waiting: (() => void)[] = []

  on(_event: string, listener: (error: unknown) => void): void {
    this.#listeners.push(listener)
  }

  /** As a connection that is lost while nobody asks for anything. */
  emit(error: unknown): void {
    for (const listener of this.#listeners) listener(error)
  }

  async get(key: string): Promise<unknown> {
    return (await this.#fails()) ? undefined : this.entries.get(key)
  }

  async set(key: string, value: unknown): Promise<void> {
    this.changes.push(`set ${key}`)
    if (!(await this.#fails())) this.entries.set(key, value)
  }

  async delete(key: string): Promise<boolean> {
    this.changes.push(`delete ${key}`)
    return (await this.#fails()) ? false : this.entries.delete(key)
  }

  async clear(): Promise<void> {
    if (!(await this.#fails())) this.entries.clear()
  }

  /** Works again; what hung is done now. */
  recover(): void {
    this.mode = 'work'
    for (const go of this.#waiting) go()
    this.#waiting = []
  }

  get hanging(): number {
    return this.#waiting.length
  }

  async #fails(): Promise<boolean> {
    switch (this.mode) {
      case 'work':
        return false
      case 'throw':
        throw new Error('the disk is full')
      case 'emit':
        this.emit(new Error('the connection is lost'))
        return true
      case 'hang':
        await new Promise<void>((go) => this.#waiting.push(go))
        return false
      default:
        return this.mode satisfies never
    }
  }
}
