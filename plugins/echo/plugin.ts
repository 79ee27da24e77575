/** The echo: a service in one word, for trying a codec without an upstream. */
import { defineFilter, definePlugin } from '../../sdk/index.ts'
import { createEcho } from './echo.ts'
import { echoOptions } from './options.ts'

export const plugin = definePlugin({
  name: 'echo',
  filters: [
    defineFilter({
      name: 'echo',
      about: 'Answers every request with what it says; there is no upstream.',
      options: echoOptions,
      terminal: true,
      create: createEcho,
    }),
  ],
})
