import type { Found } from '../../cache/backend.ts'
import { checkVersion } from '../../cache/keys.ts'
import { CacheError } from '../../errors.ts'
import { type Answer, ok, problem } from '../answer.ts'
import type { ItemFacts, KeyReply, ValuePreview } from '../api/keys.ts'
import type { AdminAlias, AdminParts } from '../parts.ts'
import { wholeKey } from '../parts.ts'
import { foreignPreview, previewOf } from '../preview.ts'

/** A key of an alias as its callers write it, or, with `server`, one as it is on that server. */
export interface LookUp {
  readonly alias: string | null
  readonly server: string | null
  readonly key: string
  readonly version: string | null
  readonly preview: boolean
}

/**
 * Looks one key up. What is known of it is asked by `me`, which counts as no read and leaves the item
 * where it is; a preview reads it.
 */
export async function lookUp(parts: AdminParts, asked: LookUp): Promise<Answer> {
  if (asked.key === '') return problem(400, '`key` must not be empty.')
  const alias = asked.alias === null ? undefined : parts.alias(asked.alias)
  if (asked.alias !== null && alias === undefined) return problem(404, 'There is no such alias.')
  const server = asked.server === null ? undefined : parts.server(asked.server)
  if (asked.server !== null && server === undefined) return problem(404, 'There is no such server.')
  try {
    if (alias !== undefined) {
      const version = asked.version === null ? undefined : checkVersion(asked.version)
      const key = wholeKey(alias, asked.key, version)
      return ok(await lookUpWhole(parts, alias, key, asked.preview))
    }
    if (server === undefined) return problem(400, '`alias` or `server` must say where to look.')
    const owner = parts.aliases.find(({ alias }) => alias === parts.aliasOf(asked.key)?.alias)
    const mine = owner?.client === undefined ? undefined : owner
    return ok(await lookUpWhole(parts, mine, asked.key, asked.preview, server.client))
  } catch (error) {
    if (!CacheError.is(error)) throw error
    const isWrong = error.code === 'ERR_KEY_INVALID' || error.code === 'ERR_OPTION_INVALID'
    return problem(isWrong ? 400 : 502, error.message)
  }
}

async function lookUpWhole(
  parts: AdminParts,
  alias: AdminAlias | undefined,
  key: string,
  wantsPreview: boolean,
  client = alias?.client,
): Promise<KeyReply> {
  const told = { schemaVersion: 1, alias: alias?.alias ?? null, key } as const
  if (client === undefined) {
    const found = await alias?.read(key)
    if (alias === undefined || found === undefined) {
      return { ...told, found: false, server: null, item: null, preview: null }
    }
    const about = { alias: alias.alias, key }
    const preview = wantsPreview ? previewOf(found, about, parts.options.redact) : null
    return { ...told, found: true, server: null, item: factsOf(found), preview }
  }
  const server = client.serverOf(key)
  const item = await client.inspect(key)
  if (item === undefined) return { ...told, found: false, server, item: null, preview: null }
  const { ttl, idle, fetched, sizeBytes, slabClass, cas } = item
  const facts: ItemFacts = {
    ttl: ttl === Infinity ? null : ttl,
    expires: ttl !== Infinity,
    idle,
    fetched,
    sizeBytes,
    slabClass,
    cas: String(cas.value),
  }
  const preview = wantsPreview ? await previewItem(parts, alias, client, key) : null
  return { ...told, found: true, server, item: facts, preview }
}

async function previewItem(
  parts: AdminParts,
  alias: AdminAlias | undefined,
  client: NonNullable<AdminAlias['client']>,
  key: string,
): Promise<ValuePreview | null> {
  const { redact } = parts.options
  const about = { alias: alias?.alias ?? null, key }
  const found = await alias?.read(key)
  if (found !== undefined) return previewOf(found, about, redact)
  const item = await client.metaGet(key, { value: true, flags: true, noBump: true })
  if (item.kind === 'miss' || item.value === undefined) return null
  return foreignPreview(item.value, item.flags, about, redact)
}

function factsOf({ ttlLeft }: Found): ItemFacts {
  return {
    ttl: ttlLeft === undefined || ttlLeft === Infinity ? null : ttlLeft,
    expires: ttlLeft !== Infinity,
    idle: null,
    fetched: null,
    sizeBytes: null,
    slabClass: null,
    cas: null,
  }
}
