import { setImmediate } from 'node:timers/promises'

/** Runs `run` and gives the warnings of this package that came meanwhile, by code and text. */
export async function warningsOf(
  run: () => unknown,
): Promise<readonly { readonly code: string; readonly text: string }[]> {
  const warnings: { code: string; text: string }[] = []
  const note = (warning: Error & { code?: string }): void => {
    if (warning.name === 'RepriseWarning') {
      warnings.push({ code: warning.code ?? '', text: warning.message })
    }
  }
  process.on('warning', note)
  try {
    await run()
    // They are emitted with the next tick.
    await setImmediate()
  } finally {
    process.off('warning', note)
  }
  return warnings
}
