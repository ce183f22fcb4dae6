import { readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SettingsError } from './usage.ts'

/** The settings that a file holds, not checked yet. */
export interface ConfigFile {
  readonly path: string
  readonly settings: Readonly<Record<string, unknown>>
}

// In one folder the first of them is taken.
const NAMES = ['ts', 'mts', 'js', 'mjs', 'json'].map((ending) => `reprise.config.${ending}`)

/** Looks in `folder` and all above it. `undefined`: there is none. */
export async function findConfigFile(folder: string): Promise<string | undefined> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    for (const name of NAMES) {
      const path = join(at, name)
      if (await isOurs(path)) return path
    }
    if (dirname(at) === at) return undefined
  }
}

/**
 * Reads the settings for `createCaches` that a file exports by default, or as `settings`; JSON is
 * those settings.
 *
 * @throws {@link SettingsError} where there are none, or the file cannot be run.
 */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  const exported = path.endsWith('.json') ? await readJson(path) : await importFile(path)
  if (typeof exported === 'object' && exported !== null && !Array.isArray(exported)) {
    return { path, settings: exported as Readonly<Record<string, unknown>> }
  }
  throw new SettingsError(
    `${path} exports no settings: export an object with one property per alias, by default.`,
  )
}

/**
 * It is code and is going to be run: what another user of the machine has put into a folder above,
 * such as /tmp, is not.
 */
async function isOurs(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() !== true) return false
  const me = process.getuid?.()
  const isSafe = me === undefined || found.uid === me || found.uid === 0
  if (isSafe) return true
  throw new SettingsError(
    `${path} belongs to another user, so it is not run. Name it with --config, or give --no-config.`,
  )
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new SettingsError(`${path} cannot be read (${messageOf(error)}).`)
  })
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new SettingsError(`${path} is not JSON (${messageOf(error)}).`)
  }
}

async function importFile(path: string): Promise<unknown> {
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(path).href)
    return module.default ?? module.settings
  } catch (error) {
    if (isUnknownEnding(error)) {
      throw new SettingsError(
        `${path} is TypeScript, which Node ${process.versions.node} does not run: Node 22.18 and later do. Else write it as reprise.config.mjs.`,
      )
    }
    throw new SettingsError(`${path} cannot be run (${messageOf(error)}).`)
  }
}

function isUnknownEnding(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
