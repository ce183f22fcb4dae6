import { fragmentContract } from '../support/fragment-contract.ts'
import { liquidFragments } from '../support/liquid-fragments.ts'

fragmentContract(liquidFragments)
