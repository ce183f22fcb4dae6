import { ejsFragments } from '../support/ejs-fragments.ts'
import { fragmentContract } from '../support/fragment-contract.ts'

fragmentContract(ejsFragments)
