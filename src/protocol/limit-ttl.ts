import type { Seconds } from '../units.ts'
import type { MetaCommand } from './command.ts'

// `T` and `N` with a number: in no other flag does either follow a blank. `T-1` is short enough.
const LIFETIMES = / ([TN])(\d+)/g

/** The same command, but nothing that it stores or touches lives longer than `most`. */
export function limitTtl(command: MetaCommand, most: Seconds): MetaCommand {
  const flags = command.flags.replace(LIFETIMES, (_, flag: string, ttl: string) => {
    // 0 is never, and a point in time is a larger number than any span.
    const seconds = ttl === '0' ? most : Math.min(Number(ttl), most)
    return ` ${flag}${seconds}`
  })
  return flags === command.flags ? command : { ...command, flags }
}
