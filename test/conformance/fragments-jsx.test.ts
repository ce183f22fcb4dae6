import { fragmentContract } from '../support/fragment-contract.ts'
import { jsxFragments } from '../support/jsx-fragments.ts'

fragmentContract(jsxFragments)
