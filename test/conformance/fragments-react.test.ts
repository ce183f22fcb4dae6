import { fragmentContract } from '../support/fragment-contract.ts'
import { reactFragments } from '../support/react-fragments.ts'

fragmentContract(reactFragments)
