import { describe, expect, it } from 'vitest'
import { type CompileHost, compile, validate } from '../../../core/config/compile.ts'
import { inertHost } from '../../../core/config/inert-host.ts'
import { loadConfig } from '../../../core/config/load.ts'
import { problemText } from '../../../core/config/problem.ts'
import { withListener } from './problem-lines.ts'
import { sampleRegistry } from './sample-plugins.ts'

const CHAIN = `    filters: [metrics, { rate-limit: { tokens: 5 } }, router]
    routes: [{ cluster: demo, timeout: 1s, filters: { rate-limit: { tokens: 7 } } }]`

/** No cluster is made in these tests: their configurations name none. */
const host: CompileHost = {
  ...inertHost,
  version: 3,
  cluster: () => {
    throw new Error('no cluster is expected')
  },
}

function withoutClusters(text: string): string {
  return text.slice(0, text.indexOf('clusters:'))
}

describe('compile()', () => {
  it('makes the filters in order with decoded options', () => {
    const { registry, journal } = sampleRegistry()
    const text = withoutClusters(
      withListener('    filters: [metrics, { rate-limit: { tokens: 5 } }, router]'),
    )
    const compiled = compile(loadConfig(text, 'w.yaml'), registry, host)
    expect(journal.lines).toEqual([
      'create metrics',
      'create rate-limit listeners[0].filters[1]',
      'create router listeners[0].filters[2]',
    ])
    expect(journal.configs).toEqual([{ tokens: 5, every: 1_000 }, { routes: [] }])
    expect(compiled).toMatchObject({
      kind: 'snapshot',
      snapshot: { version: 3, listeners: [{ options: { name: 'main', 'idle-timeout': 3_600_000 } }] },
    })
  })

  it('gives the codec that the listener names, and with auto every one that can be told', () => {
    const { registry } = sampleRegistry()
    for (const protocol of ['redis', 'auto']) {
      const text = withoutClusters(withListener('').replace('protocol: dubbo', `protocol: ${protocol}`))
      const compiled = compile(loadConfig(text, 'w.yaml'), registry, host)
      const names =
        compiled.kind === 'snapshot' ? compiled.snapshot.listeners[0]?.codecs.map(({ name }) => name) : []
      expect(names).toEqual([protocol === 'auto' ? 'dubbo' : 'redis'])
    }
  })

  it('destroys what it made for a configuration that is wrong', () => {
    const { registry, journal } = sampleRegistry()
    const text = withoutClusters(withListener(CHAIN))
    const compiled = compile(loadConfig(text, 'w.yaml'), registry, host)
    expect(compiled.kind === 'problems' && compiled.problems.map(problemText)).toEqual([
      'w.yaml:6:25: listeners[0].routes[0].cluster: unknown cluster "demo"',
    ])
    expect(journal.lines.filter((line) => line.startsWith('destroy'))).toEqual([
      'destroy metrics',
      'destroy rate-limit',
      'destroy router',
    ])
  })

  it('makes nothing for a configuration that did not load', () => {
    const { registry, journal } = sampleRegistry()
    expect(compile(loadConfig('listeners: 5', 'w.yaml'), registry, host).kind).toBe('problems')
    expect(journal.lines).toEqual([])
  })

  it('collects what wants to be told to open its files anew', () => {
    const { registry, journal } = sampleRegistry()
    const text = withoutClusters(withListener('    filters: [{ rate-limit: { tokens: 5 } }, router]'))
    const compiled = compile(loadConfig(text, 'w.yaml'), registry, host)
    if (compiled.kind === 'snapshot') for (const reopen of compiled.reopeners) reopen()
    expect(journal.lines).toContain('reopen rate-limit')
  })

  it('logs a problem that a filter reports when it is too late', () => {
    const { registry, journal } = sampleRegistry()
    const warnings: string[] = []
    const text = withoutClusters(withListener('    filters: [{ rate-limit: { tokens: 5 } }, router]'))
    const log = { ...inertHost.log, warn: (line: string) => void warnings.push(line) }
    compile(loadConfig(text, 'w.yaml'), registry, { ...host, log })
    journal.contexts[0]?.problem([], 'too late')
    expect(warnings).toEqual(['too late'])
  })
})

describe('validate()', () => {
  it('gives routes to the filters they configure, decoded, and destroys everything', () => {
    const { registry, journal } = sampleRegistry()
    expect(validate(loadConfig(withListener(CHAIN), 'w.yaml'), registry, inertHost)).toEqual([])
    expect(journal.lines).toEqual([
      'create metrics',
      'create rate-limit listeners[0].filters[1]',
      'create router listeners[0].filters[2]',
      'route routes[0]',
      'destroy metrics',
      'destroy rate-limit',
      'destroy router',
    ])
    expect(journal.configs.at(-1)).toEqual({ tokens: 7, every: 2_000 })
  })

  it('tries the routes that are right when others are wrong, and names their places in the file', () => {
    const { registry } = sampleRegistry()
    const text = withListener(
      '    routes:\n      - { clster: demo }\n      - { cluster: demo }\n      - { cluster: nowhere }',
    )
    expect(validate(loadConfig(text, 'w.yaml'), registry, inertHost).map(({ path }) => path)).toEqual([
      'listeners[0].routes[0].clster',
      'listeners[0].routes[2].cluster',
    ])
  })
})
