/**
 * For tests of applications that cache: a clock to move, a network to break.
 *
 * @module
 */

export { backendContract, type UnderTest } from './backend-contract.ts'
export { FakeClock } from './fake-clock.ts'
export type { CutKind, Fault, ProxyCounts } from './fault.ts'
export { FaultProxy, type FaultProxyOptions } from './fault-proxy.ts'
export { seededRandom } from './seeded-random.ts'
