/** Options of the whole configuration file: what it may hold, with types, defaults and help in one declaration. */
import { choice, duration, type Infer, options, section, Type } from '../../sdk/index.ts'
import { logLevels } from '../base/log.ts'
import { listenerOptions } from '../exchange/options.ts'
import { pluginsOptions } from '../plugin/options.ts'
import { clusterOptions } from '../upstream/options.ts'

const adminOptions = section(
  {
    address: Type.String({
      default: '127.0.0.1:9901',
      description: 'host:port, [v6]:port or unix:/path of the admin API; keep it from strangers.',
      examples: ['127.0.0.1:9901', 'unix:/run/weir-admin.sock'],
    }),
  },
  'The admin API: metrics, health, what is running.',
)

const drainOptions = section(
  {
    timeout: duration({
      about: 'How long exchanges in flight may take to end when weir stops or a listener goes.',
      default: '30s',
    }),
  },
  'Shutting down.',
)

const logOptions = section(
  { level: choice(logLevels, { about: 'The least that is logged.', default: 'info' }) },
  'The log of the proxy itself, as JSON, or readable on a terminal.',
)

export const configOptions = options({
  admin: adminOptions,
  plugins: pluginsOptions,
  workers: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 256,
      description: 'Threads that carry traffic; default: as many as there are cores.',
    }),
  ),
  drain: drainOptions,
  log: logOptions,
  listeners: Type.Array(listenerOptions, { description: 'Where weir listens, and what happens there.' }),
  clusters: Type.Array(clusterOptions, { default: [], description: 'Where requests may go.' }),
})

/** A valid configuration: defaults filled in, durations in milliseconds and sizes in bytes. */
export type Config = Infer<typeof configOptions>
