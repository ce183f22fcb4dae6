import { contextContract } from './hosts/context.ts'
import { HOSTS } from './hosts/index.ts'

for (const [name, host] of Object.entries(HOSTS)) contextContract(name, host)
