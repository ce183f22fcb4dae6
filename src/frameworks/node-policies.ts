import type { ServerResponse } from 'node:http'
import type { Policy } from './header-policies.ts'
import { beforeHead } from './node-head.ts'

/** Lets `policy` change the fields of `response` when its handler has set them all. */
export function applyPolicy(response: ServerResponse, policy: Policy): void {
  beforeHead(response, () => {
    policy(response)
    return undefined
  })
}
