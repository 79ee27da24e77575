/** The access log: a line for each exchange, in a file or on a stream of the process. */
import { defineFilter, definePlugin } from '../../sdk/index.ts'
import { AccessLogFilter } from './access-log.ts'
import { accessLogOptions } from './options.ts'

export const plugin = definePlugin({
  name: 'access-log',
  filters: [
    defineFilter({
      name: 'access-log',
      about: 'Writes a line about each exchange, as text with operators or as JSON.',
      options: accessLogOptions,
      create: (options, context) => new AccessLogFilter(options, context),
    }),
  ],
})
