/**
 * `Vary`, read, written and remembered.
 *
 * @module
 */

import { type HeaderList, headerValues } from './message.ts'

/**
 * The request headers that a response depends on, in lower case and sorted; `'*'`: on more than can
 * be told.
 */
export type VaryList = readonly string[] | '*'

/** Reads every `Vary` line of a response. Members are trimmed; a `*` anywhere makes it `'*'`. */
export function parseVary(headers: HeaderList): VaryList {
  return readList(headerValues(headers, 'vary').join(','))
}

function readList(text: string): VaryList {
  const names = members(text).map((name) => name.toLowerCase())
  return names.includes('*') ? '*' : sorted(names)
}

/** What both lists name. */
export function mergeVary(one: readonly string[], other: readonly string[]): readonly string[] {
  return sorted([...one, ...other])
}

/** Whether `known` names all that `list` names. */
export function coversVary(known: readonly string[], list: VaryList): boolean {
  return list !== '*' && list.every((name) => known.includes(name))
}

/** Whether the value of a `Vary` header names `name`; only `*` matches `*`. */
export function hasVary(value: string | undefined, name: string): boolean {
  return members(value ?? '').some((member) => member.toLowerCase() === name.trim().toLowerCase())
}

/**
 * `existing` with `names` added, as Django's `patch_vary_headers` does it: order and spelling kept,
 * each once whatever its case, and just `*` as soon as one of them is `*`.
 */
export function patchVary(existing: string | undefined, names: readonly string[]): string {
  const kept = new Map<string, string>()
  for (const name of [...members(existing ?? ''), ...members(names.join(','))]) {
    if (name === '*') return '*'
    const key = name.toLowerCase()
    if (!kept.has(key)) kept.set(key, name)
  }
  return [...kept.values()].join(', ')
}

/**
 * `String.prototype.trim` takes every kind of blank, so a padded ` * ` is seen as what a proxy
 * makes of it.
 */
function members(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort()
}
