/** Bootstrap files of Envoy's: what becomes of them, what of them is refused, and where a person is sent for it. */
import { describe, expect, test } from 'vitest'
import { compile, validate } from '../../../../core/config/compile.ts'
import { inertHost } from '../../../../core/config/inert-host.ts'
import { loadConfig } from '../../../../core/config/load.ts'
import { problemText } from '../../../../core/config/problem.ts'
import { ConfigSource } from '../../../../core/config/source.ts'
import { loadBuiltIns } from '../../../../core/plugin/built-ins.ts'
import { seededRandom } from '../../../seeded-random.ts'

const registry = await loadBuiltIns()

function load(text: string) {
  return loadConfig(text, 'envoy.yaml', registry)
}

function problems(text: string): readonly string[] {
  return validate(load(text), registry, inertHost).map(problemText)
}

function warnings(text: string): readonly string[] {
  expect(problems(text)).toEqual([])
  return load(text).warnings.map(problemText)
}

/** A bootstrap with one listener, whose further lines are indented by six, and with clusters. */
function bootstrap(listener = '', clusters = '[]'): string {
  return `static_resources:
  listeners:
    - name: zmq
      address: { socket_address: { protocol: TCP, address: 0.0.0.0, port_value: 5555 } }
      filter_chains: [{ filters: [{ name: sota.filters.network.zmq }] }]
${listener}
  clusters: ${clusters}
`
}

function withFilter(filter: string): string {
  return bootstrap().replace('{ name: sota.filters.network.zmq }', filter)
}

function withCluster(lines: string): string {
  return bootstrap('', `[{ name: one, ${lines} }]`)
}

const everything = `
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 19000 } } }
static_resources:
  listeners:
    - name: zmq
      address: { socket_address: { protocol: TCP, address: "::", port_value: 5555 } }
      per_connection_buffer_limit_bytes: 32768
      filter_chains: [{ filters: [{ name: sota.filters.network.zmq }] }]
    - address: { pipe: { path: /run/lines.sock } }
      filter_chains:
        - filters:
            - name: sota.filters.network.simple_line
              typed_config: { "@type": type.sota.com/sota.filters.network.simple, protocol: raw }
  clusters:
    - name: assigned
      type: STRICT_DNS
      connect_timeout: 0.25s
      lb_policy: LEAST_REQUEST
      dns_refresh_rate: 10s
      respect_dns_ttl: true
      load_assignment:
        cluster_name: assigned
        endpoints:
          - locality: { region: eu, zone: a }
            lb_endpoints:
              - endpoint: { address: { socket_address: { address: one.internal, port_value: 81 } } }
                load_balancing_weight: 3
              - endpoint: { address: { socket_address: { address: "::1", port_value: 82 } } }
          - priority: 1
            lb_endpoints:
              - endpoint: { address: { pipe: { path: /run/three.sock } } }
    - name: hosted
      hosts: [{ socket_address: { address: 127.0.0.1, port_value: 20000 } }]
`

const native = `
admin: { address: 127.0.0.1:19000 }
listeners:
  - { name: zmq, address: "[::]:5555", protocol: zmtp, filters: [echo], watermarks: { high: 32768B, low: 16384B } }
  - { name: "unix:/run/lines.sock", address: "unix:/run/lines.sock", protocol: simple-line, filters: [echo] }
clusters:
  - name: assigned
    balancer: least-request
    connect-timeout: 250ms
    dns: { interval: 10s, ttl: true }
    endpoints:
      - { address: one.internal:81, weight: 3, locality: eu/a }
      - { address: "[::1]:82", locality: eu/a }
      - { address: "unix:/run/three.sock", priority: 1 }
  - name: hosted
    endpoints: [{ address: 127.0.0.1:20000 }]
`

test('a bootstrap is the configuration that says the same', () => {
  const { config, problems: found, warnings: said } = load(everything)
  expect([...found, ...said]).toEqual([])
  expect(config).toEqual(loadConfig(native, 'weir.yaml').config)
  expect(problems(everything)).toEqual([])
})

test('plugins are where whoever reads a file says, unless the file says it itself', () => {
  const { envoyFilters } = registry
  const dirOf = (text: string) =>
    loadConfig(text, 'a.yaml', { envoyFilters, pluginsDir: '/own' }).config?.plugins.dir
  expect(dirOf(bootstrap())).toBe('/own')
  expect(dirOf(native)).toBe('/own')
  expect(dirOf(`plugins: { attach: explicit }\n${native}`)).toBe('/own')
  expect(dirOf(`plugins: { dir: ./mine }\n${native}`)).toBe('./mine')
})

test('a limit above what may wait by default moves that too', () => {
  const text = bootstrap('      per_connection_buffer_limit_bytes: 67108864')
  expect(load(text).config?.listeners[0]?.watermarks).toEqual({
    high: 67_108_864,
    low: 33_554_432,
    max: 134_217_728,
  })
})

test('it compiles to a snapshot', () => {
  const cluster = () => {
    throw new Error('there is none')
  }
  const compiled = compile(load(bootstrap()), registry, { ...inertHost, version: 1, cluster })
  if (compiled.kind !== 'snapshot') throw new Error('it does not compile')
  expect(compiled.snapshot.listeners.map(({ codecs, chain }) => [codecs[0]?.name, chain.names])).toEqual([
    ['zmtp', ['echo']],
  ])
})

test('what protocol buffers forgive is forgiven: camel case, one for a list, numbers in quotes, null', () => {
  const loose = `staticResources:
  listeners:
    name: zmq
    address: { socketAddress: { address: 0.0.0.0, portValue: "5555" } }
    filterChains: { filters: { name: sota.filters.network.zmq, typedConfig: } }
  clusters: { name: one, type: STATIC, connectTimeout: 5s, loadAssignment: { endpoints: [] } }
`
  expect(load(loose).config).toEqual(load(withCluster('load_assignment: { endpoints: [] }')).config)
})

test('of a key that stands twice the last one counts, with a warning', () => {
  const text = bootstrap('      name: other')
  expect(warnings(text)).toEqual(['envoy.yaml:6:7: this key stands twice in the same map'])
  expect(load(text).config?.listeners[0]?.name).toBe('other')
})

test('a configuration may stand in a wrapper that names its type', () => {
  const wrapped = (config: string) =>
    withFilter(
      `{ name: any, typed_config: { "@type": type.googleapis.com/udpa.type.v1.TypedStruct, type_url: a/sota.filters.network.simple, value: ${config} } }`,
    )
  expect(load(wrapped('{ protocol: raw }')).config?.listeners[0]?.protocol).toBe('simple-line')
  expect(problems(wrapped('{ protokol: raw }'))).toEqual([
    expect.stringMatching(/typed_config\.value\.protokol: unknown key "protokol", did you mean "protocol"\?/),
  ])
})

describe('what has no effect here is said and passed over:', () => {
  test.each([
    [
      'admin: { access_log_path: /tmp/a.log }',
      '1:10: admin.access_log_path: it has no effect here: requests',
    ],
    ['node: { id: a, metadata: { any: [1] } }', '1:1: node: it has no effect here'],
    ['stats_config: { stats_tags: [{ regex: "[[:digit:]]" }] }', '1:1: stats_config: it has no effect here'],
  ])('%s', (line, text) => {
    expect(warnings(`${line}\n${bootstrap()}`)).toEqual([expect.stringContaining(`envoy.yaml:${text}`)])
  })

  test('traffic_direction of a listener, and a hash without anything to hash', () => {
    expect(warnings(bootstrap('      traffic_direction: OUTBOUND'))).toEqual([
      expect.stringContaining('envoy.yaml:6:7: static_resources.listeners[0].traffic_direction: '),
    ])
    const hashed = withCluster('lb_policy: MAGLEV')
    expect(warnings(hashed)).toEqual([expect.stringContaining('lb_policy: no route says what is hashed')])
    expect(load(hashed).config?.clusters[0]?.balancer).toBe('random')
    expect(warnings(withCluster('type: LOGICAL_DNS'))).toEqual([
      expect.stringContaining('as with STRICT_DNS'),
    ])
  })
})

describe('what has an effect that is not here is refused, with its place and what there is:', () => {
  const filterPath = 'static_resources.listeners[0].filter_chains[0].filters[0]'
  test.each([
    [
      'a network filter',
      withFilter('{ name: envoy.filters.network.dubbo_proxy }'),
      `envoy.yaml:5:43: ${filterPath}.name: not supported yet: the network filter envoy.filters.network.dubbo_proxy`,
    ],
    [
      'a filter whose type is another one',
      withFilter('{ name: sota.filters.network.zmq, typed_config: { "@type": a/x.y.Zmq } }'),
      'typed_config["@type"]: not supported yet: the network filter sota.filters.network.zmq (x.y.Zmq)',
    ],
    [
      'a misspelt filter',
      withFilter('{ name: sota.filters.network.zmp }'),
      'did you mean "sota.filters.network.zmq"?',
    ],
    ['a filter without a name', withFilter('{}'), `${filterPath}: a filter needs a name`],
    [
      'a filter with options that it does not have',
      withFilter('{ name: sota.filters.network.zmq, typed_config: { mode: x } }'),
      'typed_config.mode: not supported yet: "mode"; there are none',
    ],
    [
      'two filters',
      withFilter('{ name: sota.filters.network.zmq }, { name: sota.filters.network.zmq }'),
      'a second network filter',
    ],
    [
      'two filter chains',
      bootstrap().replace('filter_chains: [{', 'filter_chains: [{}, {'),
      'a second filter chain is not supported yet',
    ],
    ['a chain without filters', bootstrap().replace(/\{ filters: .*\}\]/, '{}]'), 'needs filters with one'],
    [
      'a field of a listener',
      bootstrap('      use_original_dst: true'),
      'not supported yet: "use_original_dst"',
    ],
    ['a misspelt field', bootstrap('      adress: 1'), 'unknown key "adress", did you mean "address"?'],
    [
      'another resource',
      `dynamic_resources: {}\n${bootstrap()}`,
      '1:1: dynamic_resources: not supported yet',
    ],
    [
      'a kind of cluster',
      withCluster('type: EDS'),
      'unknown value "EDS"; known: STATIC, STRICT_DNS, LOGICAL_DNS',
    ],
    ['a field of a cluster', withCluster('health_checks: []'), 'not supported yet: "health_checks"'],
    [
      'a priority that is none',
      withCluster('load_assignment: { endpoints: [{ priority: 200 }] }'),
      'endpoints[0].priority: must be at most 128, not 200',
    ],
    [
      'a name in a static cluster',
      withCluster('hosts: [{ socket_address: { address: a.b, port_value: 1 } }]'),
      'hosts[0].socket_address.address: "a.b" is a name: a cluster of STRICT_DNS',
    ],
    [
      'an address that is none',
      withCluster('type: STRICT_DNS, hosts: [{ socket_address: { address: "a b", port_value: 1 } }]'),
      'hosts[0].socket_address: "a b" is not the name of a host',
    ],
    ['an empty address', withCluster('hosts: [{}]'), 'hosts[0]: an address is a socket_address or a pipe'],
    [
      'endpoints in two places',
      withCluster('hosts: [], load_assignment: {}'),
      'hosts: load_assignment says where the endpoints are',
    ],
    [
      'a duration',
      withCluster('connect_timeout: 250ms'),
      '"250ms" is not understood: write it like 5s, 0.25s',
    ],
    [
      'a weight',
      withCluster(
        'load_assignment: { endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path: /a } } }, load_balancing_weight: 5000 }] }] }',
      ),
      'lb_endpoints[0].load_balancing_weight: must be at most 1000',
    ],
    [
      'a name that two listeners have',
      bootstrap(`    - name: zmq
      address: { pipe: { path: /run/a } }
      filter_chains: [{ filters: [{ name: sota.filters.network.zmq }] }]`),
      'envoy.yaml:6:13: static_resources.listeners[1].name: "zmq" is the name of listeners[0] too',
    ],
    [
      'one field in two spellings',
      withCluster('connect_timeout: 1s, connectTimeout: 2s'),
      'connectTimeout: "connect_timeout" stands here twice, in two spellings',
    ],
  ])('%s', (_what, text, said) => {
    const found = problems(text)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(said)
  })

  test('all of it at once, in the order of the file', () => {
    const text = `tracing: {}\n${withCluster('type: EDS').replace('network.zmq', 'network.http')}`
    expect(problems(text)).toEqual([
      expect.stringContaining('envoy.yaml:1:1: tracing: not supported yet: "tracing"; what is: node, admin'),
      expect.stringContaining('not supported yet: the network filter sota.filters.network.http'),
      expect.stringContaining('static_resources.clusters[0].type: unknown value "EDS"'),
    ])
  })
})

test('whatever stands where, the file is read or refused with a place, and nothing is thrown', () => {
  const random = seededRandom(11)
  const strange = [
    null,
    0,
    -1,
    1.5,
    '',
    'x',
    '8888',
    true,
    [],
    {},
    [[]],
    [null],
    { a: { b: 1 } },
    { '@type': 5 },
  ]
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)]
  const mutated = (value: unknown): unknown => {
    if (random() < 0.02) return pick(strange)
    if (Array.isArray(value)) return random() < 0.1 ? mutated(value[0]) : value.map(mutated)
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value).map(([key, inner]) => [
      random() < 0.01 ? `${key}x` : key,
      mutated(inner),
    ])
    return Object.fromEntries(entries)
  }
  let sound = 0
  for (let round = 0; round < 150; round++) {
    const read = load(JSON.stringify(mutated(new ConfigSource('e', everything).value)))
    if (read.config === undefined) expect(read.problems.length).toBeGreaterThan(0)
    else sound++
    for (const { line } of read.problems) expect(line).toBe(1)
    validate(read, registry, inertHost)
  }
  expect(sound).toBeGreaterThan(10)
})
