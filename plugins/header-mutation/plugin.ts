/** The header mutation: sets, adds and removes properties, whatever the protocol calls them. */
import { defineFilter, definePlugin } from '../../sdk/index.ts'
import { createHeaderMutation } from './header-mutation.ts'
import { headerMutationOptions } from './options.ts'

export const plugin = definePlugin({
  name: 'header-mutation',
  filters: [
    defineFilter({
      name: 'header-mutation',
      about: 'Changes headers or attachments of requests and responses, with values from operators.',
      options: headerMutationOptions,
      routeOptions: headerMutationOptions,
      create: createHeaderMutation,
    }),
  ],
})
