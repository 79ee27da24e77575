/** The router: chooses where a request goes, by what it says. */
import { defineFilter, definePlugin } from '../../sdk/index.ts'
import { routerOptions } from './options.ts'
import { createRouter } from './router.ts'

export const plugin = definePlugin({
  name: 'router',
  filters: [
    defineFilter({
      name: 'router',
      about: 'Sends each request to the cluster of the first route that matches it.',
      options: routerOptions,
      create: createRouter,
    }),
  ],
})
