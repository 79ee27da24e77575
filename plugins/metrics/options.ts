/** Options of the metrics: how finely requests are told apart. */
import { type Infer, options, Type } from '../../sdk/index.ts'

const OPERATIONS_MAX = 10_000

export const metricsOptions = options({
  'operations-max': Type.Integer({
    minimum: 0,
    maximum: OPERATIONS_MAX,
    default: 100,
    description:
      'Operations of a protocol that have figures of their own; further ones are counted as "other". 0: operations are not told apart.',
  }),
  exceptions: Type.Boolean({
    default: true,
    description: 'Tell replies that carry an exception of the business apart from others.',
  }),
})

export type MetricsOptions = Infer<typeof metricsOptions>
