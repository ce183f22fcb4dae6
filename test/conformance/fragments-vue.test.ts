import { fragmentContract } from '../support/fragment-contract.ts'
import { vueFragments } from '../support/vue-fragments.ts'

fragmentContract(vueFragments)
