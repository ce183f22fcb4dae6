import { CacheError } from '../../errors.ts'
import { readArithmetic } from './answers.ts'
import type { CountOptions } from './item.ts'
import type { MetaCommands } from './meta.ts'
import { checkOptionNames, optionNames } from './option-names.ts'
import { counted } from './values.ts'

const COUNT_OPTIONS = optionNames('initial', 'ttl')

export async function count(
  meta: MetaCommands,
  mode: 'incr' | 'decr',
  key: string,
  delta: bigint | number,
  options: CountOptions,
): Promise<bigint | undefined> {
  checkOptionNames(mode, options, COUNT_OPTIONS)
  const { initial } = options
  const reply = await meta.arithmetic(
    mode,
    key,
    {
      ...options,
      mode,
      delta: counted('delta', delta),
      initial: initial === undefined ? undefined : counted('initial', initial),
    },
    readArithmetic,
  )
  if (reply.kind === 'not-a-number') {
    throw new CacheError('ERR_NOT_A_NUMBER', `\`${mode}\` found something that is no number.`)
  }
  return reply.kind === 'value' ? reply.value : undefined
}
