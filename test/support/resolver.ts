import type { DnsResolver } from '../../src/client/index.ts'

/** What a name stands for now: addresses of both families, services, or the code of an error. */
export interface Zone {
  a?: readonly string[] | string
  aaaa?: readonly string[] | string
  srv?: Awaited<ReturnType<DnsResolver['resolveSrv']>> | string
}

/** A resolver that answers from `zone`, as `node:dns/promises` does, and counts what it is asked. */
export class ScriptedResolver implements DnsResolver {
  zone: Zone
  readonly asked: string[] = []
  /** Never answers while it is set. */
  silent = false

  constructor(zone: Zone) {
    this.zone = zone
  }

  resolve4(name: string): Promise<readonly string[]> {
    return this.#answer(`A ${name}`, this.zone.a)
  }

  resolve6(name: string): Promise<readonly string[]> {
    return this.#answer(`AAAA ${name}`, this.zone.aaaa)
  }

  resolveSrv(name: string): ReturnType<DnsResolver['resolveSrv']> {
    return this.#answer(`SRV ${name}`, this.zone.srv)
  }

  async #answer<T>(
    question: string,
    records: readonly T[] | string | undefined,
  ): Promise<readonly T[]> {
    this.asked.push(question)
    if (this.silent) return new Promise(() => {})
    if (records !== undefined && typeof records !== 'string') return records
    const code = records ?? 'ENODATA'
    throw Object.assign(new Error(`query ${code} ${question}`), { code })
  }
}
