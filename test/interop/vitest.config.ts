import { defineConfig } from 'vitest/config'

// One file after the other: each starts its own peers, and four JVMs at once are what a small machine carries.
// biome-ignore lint/style/noDefaultExport: the test runner reads its configuration from the default export.
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    fileParallelism: false,
    // Only to end what hangs: a machine that others keep busy takes many times as long as a quiet one.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: 'forks',
  },
})
