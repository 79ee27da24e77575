import { expect, it } from 'vitest'
import { compile, validate } from '../../../core/config/compile.ts'
import { inertHost } from '../../../core/config/inert-host.ts'
import { loadConfig } from '../../../core/config/load.ts'
import { problemText } from '../../../core/config/problem.ts'
import { loadBuiltIns } from '../../../core/plugin/built-ins.ts'
import { Cluster } from '../../../core/upstream/cluster.ts'
// What a cluster loads when it is made is there already, lest it come when the test is over.
import '../../../core/upstream/http-calls.ts'
import { TestRuntime } from '../../support/test-runtime.ts'

const TEXT = `listeners:
  - name: main
    address: 127.0.0.1:0
    protocol: dubbo
    routes:
      - cluster: authz
      - clusters: [{ name: demo }, { name: authz }]
clusters:
  - { name: demo, endpoints: [127.0.0.1:1] }
  - { name: authz, protocol: http, endpoints: [127.0.0.1:1] }
`
const WRONG = 'the cluster "authz" speaks http, and this listener does not: only plugins can call it out'

it('a route to a cluster that speaks http is a problem, and it says why', async () => {
  const registry = await loadBuiltIns()
  const loaded = loadConfig(TEXT, 'weir.yaml')
  const lines = [
    `weir.yaml:6:18: listeners[0].routes[0].cluster: ${WRONG}`,
    `weir.yaml:7:44: listeners[0].routes[1].clusters[1].name: ${WRONG}`,
  ]
  expect(validate(loaded, registry, inertHost).map(problemText)).toEqual(lines)
  const runtime = new TestRuntime()
  const host = {
    ...runtime,
    ...inertHost,
    version: 1,
    cluster: (options: never) => new Cluster(options, runtime),
  }
  const compiled = compile(loaded, registry, host)
  expect(compiled.kind === 'problems' ? compiled.problems.map(problemText) : []).toEqual(lines)
})

it('a cluster speaks http or what its listeners speak', () => {
  const { problems } = loadConfig(TEXT.replace('protocol: http', 'protocol: htp'), 'weir.yaml')
  expect(problems.map(problemText)).toEqual([expect.stringContaining('"htp"')])
})
