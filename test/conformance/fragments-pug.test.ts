import { fragmentContract } from '../support/fragment-contract.ts'
import { pugFragments } from '../support/pug-fragments.ts'

fragmentContract(pugFragments)
