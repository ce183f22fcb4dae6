import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import { countQuery } from './request-figures.ts'

/** PostgreSQL, embedded or a server: the site sees no difference. */
export interface Database {
  /** For the log and the footer. */
  readonly description: string

  /** Runs one statement. Values go in as `$1`, `$2`, …, never into the text. */
  query<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]>

  /** Runs several statements without values. */
  execute(sql: string): Promise<void>

  close(): Promise<void>
}

/** The embedded one can be written to a file and started from it. */
export interface EmbeddedDatabase extends Database {
  dump(): Promise<Uint8Array>
}

/** Connects to the server at `url`. */
export function connectToServer(url: string): Database {
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  // Of a connection that nobody uses at the moment; without a listener it would end the process.
  pool.on('error', (error) => console.error('An idle database connection was lost:', error.message))
  return {
    description: 'PostgreSQL server',
    async query(sql, values = []) {
      countQuery()
      return (await pool.query(sql, [...values])).rows
    },
    async execute(sql) {
      await pool.query(sql)
    },
    close: () => pool.end(),
  }
}

/**
 * Starts PGlite, which is PostgreSQL compiled to WebAssembly, in this process and in memory.
 *
 * It has one thread, ours: while it computes, no request is answered.
 */
export async function startEmbedded(snapshot?: Uint8Array<ArrayBuffer>): Promise<EmbeddedDatabase> {
  const database = await PGlite.create({
    dataDir: 'memory://',
    ...(snapshot && { loadDataDir: new Blob([snapshot], { type: 'application/x-gzip' }) }),
  })
  return {
    description: 'PGlite, PostgreSQL in this process',
    async query<Row>(sql: string, values: readonly unknown[] = []) {
      countQuery()
      return (await database.query<Row>(sql, [...values])).rows
    },
    async execute(sql) {
      await database.exec(sql)
    },
    async dump() {
      const file = await database.dumpDataDir('gzip')
      return new Uint8Array(await file.arrayBuffer())
    },
    close: () => database.close(),
  }
}
