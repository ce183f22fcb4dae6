import { bodyContract } from './hosts/bodies.ts'
import { HOSTS } from './hosts/index.ts'
import { keyContract } from './hosts/keys.ts'
import { lifetimeContract } from './hosts/lifetimes.ts'
import { visitorContract } from './hosts/visitors.ts'

for (const [name, host] of Object.entries(HOSTS)) {
  visitorContract(name, host)
  keyContract(name, host)
  bodyContract(name, host)
  lifetimeContract(name, host)
}
