/** Small plugins for tests of the configuration, which must not depend on what the built-in ones do. */

import { Registry } from '../../../core/plugin/registry.ts'
import {
  type Codec,
  defineFilter,
  duration,
  type Filter,
  type FilterContext,
  forward,
  options,
  type Route,
  Type,
} from '../../../sdk/index.ts'

/** What the sample filters did, in order. */
export interface Journal {
  readonly lines: string[]
  readonly contexts: FilterContext[]
  readonly configs: unknown[]
}

export function sampleRegistry(): { readonly registry: Registry; readonly journal: Journal } {
  const journal: Journal = { lines: [], contexts: [], configs: [] }
  const registry = new Registry()
  registry.register({ name: 'router', filters: [router(journal)] })
  registry.register({ name: 'limits', filters: [rateLimit(journal), broken] })
  registry.register({ name: 'metrics', filters: [metrics(journal)] })
  registry.register({
    name: 'protocols',
    codecs: [
      { name: 'dubbo', about: 'Tells itself.', create: () => sampleCodec('dubbo', true) },
      { name: 'redis', about: 'Cannot be told.', create: () => sampleCodec('redis', false) },
    ],
  })
  return { registry, journal }
}

const routeShape = options({
  match: Type.Optional(Type.Record(Type.String(), Type.String())),
  cluster: Type.String({ description: 'Where matching requests go.' }),
  timeout: Type.Optional(duration({ about: 'How long the reply may take.' })),
  filters: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
})

function router(journal: Journal) {
  return defineFilter({
    name: 'router',
    about: 'Routes.',
    options: options({ routes: Type.Array(routeShape, { default: [] }) }),
    create: (config, context): Filter => {
      journal.lines.push(`create router ${context.path}`)
      journal.configs.push(config)
      const routes = config.routes.map(({ cluster, filters }, index) => {
        if (context.cluster(cluster) === undefined) {
          context.problem(['routes', index, 'cluster'], `unknown cluster "${cluster}"`)
        }
        const route: Route = { name: `routes[${index}]`, filterConfigs: filters ?? {} }
        return { route, path: ['routes', index] }
      })
      return {
        routes,
        route: () => routes[0]?.route,
        onRequest: () => forward(config.routes[0]?.cluster ?? ''),
        onDestroy: () => void journal.lines.push('destroy router'),
      }
    },
  })
}

function rateLimit(journal: Journal) {
  return defineFilter({
    name: 'rate-limit',
    about: 'Limits.',
    options: options({
      tokens: Type.Integer({ minimum: 1, description: 'How many.' }),
      every: duration({ about: 'In which time.', default: '1s' }),
    }),
    routeOptions: options({
      tokens: Type.Integer({ minimum: 1 }),
      every: duration({ about: '', default: '2s' }),
    }),
    create: (config, context): Filter => {
      journal.lines.push(`create rate-limit ${context.path}`)
      journal.configs.push(config)
      journal.contexts.push(context)
      context.onReopen(() => void journal.lines.push('reopen rate-limit'))
      return {
        onRoute: (route, given) => {
          journal.lines.push(`route ${route.name}`)
          journal.configs.push(given)
        },
        onDestroy: () => void journal.lines.push('destroy rate-limit'),
      }
    },
  })
}

function metrics(journal: Journal) {
  return defineFilter({
    name: 'metrics',
    about: 'Counts.',
    options: options({}),
    create: (): Filter => {
      journal.lines.push('create metrics')
      return { onDestroy: () => void journal.lines.push('destroy metrics') }
    },
  })
}

const broken = defineFilter({
  name: 'broken',
  about: 'Cannot be made.',
  options: options({}),
  create: (): Filter => {
    throw new Error('the disk is on fire')
  },
})

function sampleCodec(name: string, sniffs: boolean): Codec {
  return {
    name,
    correlation: 'id',
    idBits: 64,
    reader: {
      protocol: name,
      get: () => undefined,
      keys: () => [],
      operation: () => '',
      body: () => Buffer.alloc(0),
    },
    ...(sniffs ? { sniff: () => 'yes' } : {}),
    createDecoder: () => ({ pendingBytes: 0, decode: () => undefined }),
    encode: () => undefined,
    encodeError: () => undefined,
  }
}
