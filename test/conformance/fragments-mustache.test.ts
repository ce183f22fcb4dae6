import { fragmentContract } from '../support/fragment-contract.ts'
import { mustacheFragments } from '../support/mustache-fragments.ts'

fragmentContract(mustacheFragments)
