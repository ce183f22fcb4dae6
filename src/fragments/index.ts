/**
 * Cached pieces of pages, for every way of making HTML.
 *
 * @module
 */

export { type FragmentOptions, fragment } from './fragment.ts'
export { fragmentKey } from './key.ts'
export type { FragmentSource } from './source.ts'
