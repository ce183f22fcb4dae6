import { etaFragments } from '../support/eta-fragments.ts'
import { fragmentContract } from '../support/fragment-contract.ts'

fragmentContract(etaFragments)
