import { edgeFragments } from '../support/edge-fragments.ts'
import { fragmentContract } from '../support/fragment-contract.ts'

fragmentContract(edgeFragments)
