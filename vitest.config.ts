import { defineConfig } from 'vitest/config'

/** One project per kind of proof; the folders of `test/` say what each proves (CONTRIBUTING.md). */
const kinds = {
  unit: {},
  property: { testTimeout: 60_000 },
  conformance: { testTimeout: 30_000 },
  integration: { testTimeout: 60_000, hookTimeout: 120_000 },
  fault: { testTimeout: 60_000 },
  frameworks: { testTimeout: 30_000 },
  browser: { testTimeout: 120_000, hookTimeout: 120_000 },
  package: { testTimeout: 60_000 },
}

export default defineConfig({
  test: {
    restoreMocks: true,
    // Most tests wait for servers: more workers than cores would only make their deadlines late.
    maxWorkers: 2,
    allowOnly: false,
    // An unhandled rejection is a defect here, not noise: it fails the run.
    dangerouslyIgnoreUnhandledErrors: false,
    reporters: ['default', './test/support/tally.ts'],
    coverage: { include: ['src/**'], reporter: ['text-summary'] },
    projects: [
      ...Object.entries(kinds).map(([name, options]) => ({
        extends: true as const,
        test: { name, include: [`test/${name}/**/*.test.ts`], ...options },
      })),
      {
        extends: true,
        test: {
          name: 'types',
          include: [],
          typecheck: { enabled: true, only: true, include: ['test/types/**/*.test-d.ts'] },
        },
      },
    ],
  },
})
