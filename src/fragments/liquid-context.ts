import type { HoleValues } from './content.ts'

/** What LiquidJS's tags and values give: run to its end, it gives the result. */
export type Steps = Generator<unknown, unknown, unknown>

/** Of one rendering. LiquidJS keeps what `assign` has set in the scopes, and `cycle` in a register. */
export interface Context {
  readonly sync: boolean
  scopes: object[]
  environments: object
  registers: Record<string, unknown>
  breakCalled: boolean
  continueCalled: boolean
}

/**
 * The context as it is now: what is assigned, counted or cycled in it is not seen outside, and what
 * goes on outside is not seen in it.
 */
export function isolated(context: Context, values?: HoleValues): Context {
  const inner = Object.create(context) as Context
  inner.scopes = context.scopes.map(copyOf)
  if (values !== undefined) inner.scopes.push({ ...values })
  inner.environments = copyOf(context.environments)
  const { cycle } = context.registers
  inner.registers = {
    ...context.registers,
    ...(cycle !== undefined && { cycle: copyOf(cycle as object) }),
  }
  inner.breakCalled = false
  inner.continueCalled = false
  return inner
}

function copyOf(object: object): object {
  return Object.assign(Object.create(Object.getPrototypeOf(object)), object)
}

function isSteps(value: unknown): value is Steps {
  return typeof value === 'object' && value !== null && 'next' in value && 'throw' in value
}

/** Runs LiquidJS's steps to their end, at once. */
export function finished(steps: Steps): string {
  return String(resultOf(steps))
}

function resultOf(value: unknown): unknown {
  if (!isSteps(value)) return value
  let step = value.next()
  while (!step.done) {
    let result: unknown
    try {
      result = resultOf(step.value)
    } catch (error) {
      step = value.throw(error)
      continue
    }
    step = value.next(result)
  }
  return step.value
}

export async function awaited(steps: Steps): Promise<string> {
  return String(await resultWhenReady(steps))
}

async function resultWhenReady(value: unknown): Promise<unknown> {
  if (!isSteps(value)) return value
  let step = value.next()
  while (!step.done) {
    let result: unknown
    try {
      result = await resultWhenReady(step.value)
    } catch (error) {
      step = value.throw(error)
      continue
    }
    step = value.next(result)
  }
  return step.value
}
