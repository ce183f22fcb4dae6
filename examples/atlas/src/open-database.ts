import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectToServer, type Database, startEmbedded } from './database.ts'
import { checkLoaded, DATA_VERSION, loadData, type OnProgress } from './load-data.ts'
import type { Settings } from './settings.ts'

/**
 * Opens the database and makes sure that it is loaded.
 *
 * The embedded one lives in memory and starts from a snapshot of its first load: that takes a
 * second instead of ten, two processes cannot harm each other's files, and every start begins with
 * the same data. A server given by `DATABASE_URL` keeps what it is told.
 */
export async function openDatabase(settings: Settings, onProgress: OnProgress): Promise<Database> {
  const { databaseUrl, dataFolder, minPopulation } = settings
  if (databaseUrl !== undefined) {
    const server = connectToServer(databaseUrl)
    if (!(await checkLoaded(server, minPopulation))) {
      await loadData(server, minPopulation, onProgress)
    }
    return server
  }

  const file = join(dataFolder, `atlas-v${DATA_VERSION}-min${minPopulation}.tar.gz`)
  const snapshot = await readIfThere(file)
  const database = await startEmbedded(snapshot)
  if (snapshot === undefined) {
    await checkLoaded(database, minPopulation)
    await loadData(database, minPopulation, onProgress)
    await mkdir(dataFolder, { recursive: true })
    // Renamed into place, so that a process which starts meanwhile never reads half of it.
    await writeFile(`${file}.${process.pid}`, await database.dump())
    await rename(`${file}.${process.pid}`, file)
  }
  return database
}

async function readIfThere(file: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return new Uint8Array(await readFile(file))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
