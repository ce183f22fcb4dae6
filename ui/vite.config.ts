import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative addresses: the page works under whatever path it is mounted.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('../dist/admin/ui', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // The polyfill is for browsers without modulepreload; there is one script and nothing to preload.
    modulePreload: { polyfill: false },
    // A small asset inlined as `data:` would be refused by the policy, but for images.
    assetsInlineLimit: 0,
  },
})
