/** The metrics: requests, latency and bytes, by listener, protocol, cluster, operation and result. */
import { defineFilter, definePlugin } from '../../sdk/index.ts'
import { MetricsFilter } from './metrics.ts'
import { metricsOptions } from './options.ts'

export const plugin = definePlugin({
  name: 'metrics',
  filters: [
    defineFilter({
      name: 'metrics',
      about: 'Counts requests, their latency and bytes, by operation and by how they ended.',
      options: metricsOptions,
      create: (options, context) => new MetricsFilter(options, context),
    }),
  ],
})
