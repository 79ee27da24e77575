import { describe, expect, it } from 'vitest'
import { problemLines, withCluster, withListener } from './problem-lines.ts'

const VALID = withListener('    routes: [{ cluster: demo }]')

describe('a configuration', () => {
  it('is valid when nothing is wrong', () => {
    expect(problemLines(VALID)).toEqual([])
  })

  it('names every problem at once, in the order of the file', () => {
    const lines = problemLines(`wrokers: 2
log: { level: lod }
listeners:
  - name: main
    address: 127.0.0.1
    protocol: dubo
    idle-timeout: 5 minutes
    filters:
      - rate-limt: { tokens: 1 }
      - router
    routes:
      - clster: demo
      - cluster: dem
clusters:
  - name: demo
    endpoints: [127.0.0.1:0]
`)
    expect(lines.map((line) => line.split(': ').slice(0, 2).join(' '))).toEqual([
      'weir.yaml:1:1 wrokers',
      'weir.yaml:2:15 log.level',
      'weir.yaml:5:14 listeners[0].address',
      'weir.yaml:6:15 listeners[0].protocol',
      'weir.yaml:7:19 listeners[0].idle-timeout',
      'weir.yaml:9:9 listeners[0].filters[0]',
      'weir.yaml:12:9 listeners[0].routes[0].clster',
      'weir.yaml:13:18 listeners[0].routes[1].cluster',
      'weir.yaml:16:17 clusters[0].endpoints[0]',
    ])
  })

  it('names what is wrong beside what does not fit, in one route', () => {
    const lines = problemLines(
      withListener('    routes: [{ match: { a: 5, b: 6 }, cluster: dem, timeout: soon }]'),
    )
    expect(lines.map((line) => line.split(': ')[1])).toEqual([
      'listeners[0].routes[0].match.a',
      'listeners[0].routes[0].match.b',
      'listeners[0].routes[0].cluster',
      'listeners[0].routes[0].timeout',
    ])
  })

  const cases: readonly (readonly [name: string, text: string, line: string])[] = [
    [
      'an unknown filter with the nearest',
      withListener('    filters: [{ rate-limt: { tokens: 1 } }, router]'),
      'weir.yaml:5:15: listeners[0].filters[0]: unknown filter "rate-limt", did you mean "rate-limit"? (known: broken, metrics, rate-limit, router)',
    ],
    [
      'an unknown key with the nearest',
      withListener('    adress: x'),
      'weir.yaml:5:5: listeners[0].adress: unknown key "adress", did you mean "address"?',
    ],
    [
      'an unknown option of a filter where it stands',
      withListener('    filters: [{ rate-limit: { tokns: 1 } }, router]'),
      'weir.yaml:5:31: listeners[0].filters[0].rate-limit.tokns: unknown key "tokns", did you mean "tokens"? (known: tokens, every)',
    ],
    [
      "a missing option of a filter at the filter's options",
      withListener('    filters: [rate-limit, router]'),
      'weir.yaml:5:15: listeners[0].filters[0]: "tokens" is missing: how many',
    ],
    [
      "a route's problem where the listener has it",
      withListener('    routes: [{ cluster: demo, timeout: 5 }]'),
      'weir.yaml:5:40: listeners[0].routes[0].timeout: 5 is not understood: write it like 250ms, 5s, 1m',
    ],
    [
      "the router's own complaint where the listener has the route",
      withListener('    routes:\n      - cluster: nowhere'),
      'weir.yaml:6:18: listeners[0].routes[0].cluster: unknown cluster "nowhere"',
    ],
    [
      "the router's own complaint where the router has the route",
      withListener('    filters: [{ router: { routes: [{ cluster: nowhere }] } }]'),
      'weir.yaml:5:47: listeners[0].filters[0].router.routes[0].cluster: unknown cluster "nowhere"',
    ],
    [
      'routes at the listener and at the router',
      withListener('    filters: [{ router: { routes: [] } }]\n    routes: []'),
      'weir.yaml:6:13: listeners[0].routes: the router has routes of its own: keep one of both',
    ],
    [
      'an unknown protocol',
      withListener('').replace('protocol: dubbo', 'protocol: dubo'),
      'weir.yaml:4:15: listeners[0].protocol: unknown protocol "dubo", did you mean "dubbo"? (known: dubbo, redis, auto)',
    ],
    [
      'a protocol that auto cannot tell',
      withListener('    protocols: [dubbo, redis]').replace('protocol: dubbo', 'protocol: auto'),
      'weir.yaml:5:24: listeners[0].protocols[1]: redis cannot be told by its first bytes: give it a listener of its own',
    ],
    [
      'protocols without auto',
      withListener('    protocols: [dubbo]'),
      'weir.yaml:5:16: listeners[0].protocols: only means something with protocol: auto',
    ],
    [
      'a filter that no request reaches',
      withListener('    filters: [router, metrics]'),
      'weir.yaml:5:23: listeners[0].filters[1]: no request reaches the filter "metrics": it stands after router',
    ],
    [
      'a chain that forwards nowhere',
      withListener('    filters: [metrics]'),
      'weir.yaml:5:14: listeners[0].filters: no filter forwards: end the chain with router',
    ],
    [
      'routes without a router',
      withListener('    filters: [{ rate-limit: { tokens: 1 } }]\n    routes: []'),
      'weir.yaml:6:13: listeners[0].routes: routes need the filter router in the chain',
    ],
    [
      'a filter that fails to be made',
      withListener('    filters: [broken, router]'),
      'weir.yaml:5:15: listeners[0].filters[0]: the filter could not be made: the disk is on fire',
    ],
    [
      'two filters in one element',
      withListener('    filters: [{ router: {}, metrics: {} }, router]'),
      'weir.yaml:5:15: listeners[0].filters[0]: must not have more than 1 key',
    ],
    [
      'route options for a filter that takes none',
      withListener(
        '    filters: [metrics, router]\n    routes: [{ cluster: demo, filters: { metrics: {} } }]',
      ),
      'weir.yaml:6:42: listeners[0].routes[0].filters.metrics: the filter "metrics" takes no configuration from routes',
    ],
    [
      'route options for a filter that is not in the chain',
      withListener('    routes: [{ cluster: demo, filters: { rate-limit: { tokens: 1 } } }]'),
      'weir.yaml:5:42: listeners[0].routes[0].filters.rate-limit: the filter "rate-limit" is not in the chain of this listener: router',
    ],
    [
      'route options for a filter that does not exist',
      withListener('    routes: [{ cluster: demo, filters: { ruter: {} } }]'),
      'weir.yaml:5:42: listeners[0].routes[0].filters.ruter: unknown filter "ruter", did you mean "router"? (known: router)',
    ],
    [
      'wrong route options where they stand',
      withListener(
        '    filters: [{ rate-limit: { tokens: 1 } }, router]\n    routes: [{ cluster: demo, filters: { rate-limit: { tokens: 0 } } }]',
      ),
      'weir.yaml:6:64: listeners[0].routes[0].filters.rate-limit.tokens: must be at least 1, not 0',
    ],
    [
      'a watermark that is not below the other',
      withCluster('    watermarks: { high: 1KiB, low: 1KiB }'),
      'weir.yaml:5:17: clusters[0].watermarks: low (1024 bytes) must be less than high (1024 bytes)',
    ],
    [
      'a watermark that is not below the default of the other',
      withCluster('    watermarks: { low: 2MiB }'),
      'weir.yaml:5:17: clusters[0].watermarks: low (2097152 bytes) must be less than high (1048576 bytes)',
    ],
    [
      'a hash balancer without keys',
      withCluster('    balancer: maglev'),
      'weir.yaml:5:15: clusters[0].balancer: "maglev" needs hash: [properties], such as hash: [method]',
    ],
    [
      'a back-off that shrinks',
      withCluster('    backoff: { base: 20s }'),
      'weir.yaml:5:14: clusters[0].backoff: base (20000 ms) must not be more than max (10000 ms)',
    ],
    [
      'an unknown balancer',
      withCluster('    balancer: lest-request'),
      'weir.yaml:5:15: clusters[0].balancer: unknown value "lest-request", did you mean "least-request"? (known: round-robin, random, least-request, ring-hash, maglev)',
    ],
    [
      'a cluster without a name',
      'listeners: [{ name: a, address: "127.0.0.1:0", protocol: dubbo }]\nclusters:\n  - endpoints: []\n',
      'weir.yaml:3:5: clusters[0]: "name" is missing: what routes call the cluster',
    ],
    ['no listener', 'listeners: []\n', 'weir.yaml:1:12: listeners: needs at least one listener'],
    ['a list instead of a map', '- a\n', 'weir.yaml:1:1: must be a map with listeners and clusters'],
    ['an empty file', '# nothing\n', 'weir.yaml:1:1: the file is empty: it needs listeners and clusters'],
    [
      'two listeners of one name',
      'listeners:\n  - { name: a, address: "127.0.0.1:0", protocol: dubbo }\n  - { name: a, address: "127.0.0.1:0", protocol: dubbo }\n',
      'weir.yaml:3:13: listeners[1].name: "a" is the name of listeners[0] too',
    ],
    [
      'two listeners of one address',
      'listeners:\n  - { name: a, address: "127.0.0.1:1", protocol: dubbo }\n  - { name: b, address: "127.0.0.1:1", protocol: dubbo }\n',
      'weir.yaml:3:25: listeners[1].address: listeners[0] listens on 127.0.0.1:1 already',
    ],
  ]
  it.each(cases)('names %s', (_name, text, line) => {
    expect(problemLines(text)).toEqual([line])
  })
})
