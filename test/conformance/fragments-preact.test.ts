import { fragmentContract } from '../support/fragment-contract.ts'
import { preactFragments } from '../support/preact-fragments.ts'

fragmentContract(preactFragments)
