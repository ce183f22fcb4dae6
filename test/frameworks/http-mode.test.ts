import { httpModeContract } from './hosts/http-mode.ts'
import { HOSTS } from './hosts/index.ts'

for (const [name, host] of Object.entries(HOSTS)) httpModeContract(name, host)
