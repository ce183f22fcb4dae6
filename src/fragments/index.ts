/**
 * Cached pieces of pages, for every way of making HTML.
 *
 * @module
 */

export type { HoleValues } from './content.ts'
export {
  type AsyncHoleBody,
  type FragmentBody,
  type FragmentCallOptions,
  type FragmentRender,
  fragment,
  fragmentEach,
} from './fragment.ts'
export type { FragmentOptions } from './fragment-options.ts'
export { type FragmentKeyOptions, fragmentKey } from './key.ts'
export type { FragmentSource } from './source.ts'
