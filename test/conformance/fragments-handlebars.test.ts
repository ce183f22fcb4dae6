import { fragmentContract } from '../support/fragment-contract.ts'
import { handlebarsFragments } from '../support/handlebars-fragments.ts'

fragmentContract(handlebarsFragments)
