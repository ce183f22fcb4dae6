import { holesContract } from './hosts/holes.ts'
import { HOSTS } from './hosts/index.ts'

for (const [name, host] of Object.entries(HOSTS)) holesContract(name, host)
