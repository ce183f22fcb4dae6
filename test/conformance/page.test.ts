import { MOUNTS } from '../support/page-hosts.ts'
import { pageHeaderContract } from './page-headers.ts'
import { pageKeyContract } from './page-keys.ts'
import { pageStoringContract } from './page-storing.ts'
import { pageStreamContract } from './page-streams.ts'

for (const [name, mount] of Object.entries(MOUNTS)) {
  pageStoringContract(name, mount)
  pageKeyContract(name, mount)
  pageHeaderContract(name, mount)
  pageStreamContract(name, mount)
}
