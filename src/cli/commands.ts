import { ADMIN } from './admin.ts'
import { BENCH } from './bench.ts'
import type { Command } from './command.ts'
import { DELETE } from './delete.ts'
import { DOCTOR } from './doctor.ts'
import { FLUSH } from './flush.ts'
import { GET } from './get.ts'
import { HASH_PASSWORD } from './hash-password.ts'
import { HOT } from './hot.ts'
import { INSPECT } from './inspect.ts'
import { INVALIDATE } from './invalidate.ts'
import { KEYS } from './keys.ts'
import { METRICS } from './metrics.ts'
import { STATS } from './stats.ts'
import { TOP } from './top.ts'
import { VERSIONS } from './versions.ts'
import { WARM } from './warm.ts'
import { WATCH } from './watch.ts'

/** In the order in which the help lists them. */
export const COMMANDS: readonly Command[] = [
  DOCTOR,
  STATS,
  TOP,
  HOT,
  KEYS,
  GET,
  INSPECT,
  DELETE,
  INVALIDATE,
  VERSIONS,
  FLUSH,
  WATCH,
  WARM,
  BENCH,
  ADMIN,
  METRICS,
  HASH_PASSWORD,
]
