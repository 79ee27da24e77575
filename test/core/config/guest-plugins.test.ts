import { describe, expect, it } from 'vitest'
import { TimingWheel } from '../../../core/base/timing-wheel.ts'
import { compile } from '../../../core/config/compile.ts'
import { GuestPlugins } from '../../../core/config/guest-plugins.ts'
import { inertHost } from '../../../core/config/inert-host.ts'
import { loadConfig } from '../../../core/config/load.ts'
import { problemText } from '../../../core/config/problem.ts'
import { OpList } from '../../../core/guest/op-list.ts'
import { Trap } from '../../../core/guest/trap.ts'
import type { GuestRuntime } from '../../../core/plugin/guest-runtime.ts'
import type { PluginFile, PluginSet } from '../../../core/plugin/plugin-file.ts'
import { opList, ops } from '../guest/op-builder.ts'
import { sampleRegistry } from './sample-plugins.ts'

/** In a block: behind the header, behind the record's size. */
const FIRST_HANDLE_AT = 24 + 4

/** A runtime whose files say what becomes of them: `refuse`, `trap`, or the value of the tag that they set. */
class ScriptedRuntime implements GuestRuntime {
  readonly kind = 'lua'
  readonly loaded: string[] = []
  readonly configs: unknown[] = []
  alive = 0

  async load({ name, path, bytes }: Parameters<GuestRuntime['load']>[0]) {
    const text = bytes.toString()
    this.loaded.push(`${name} ${text}`)
    if (text === 'refuse') throw new Error(`${path}:1: refused`)
    return { remote: false, instantiate: () => this.#instance(text) }
  }

  #instance(text: string) {
    this.alive++
    return {
      fuelUsed: 0,
      memoryBytes: 0,
      call: (phase: number, bytes: Buffer, size: number) => {
        if (phase !== 1) return tagging(text, bytes.readUInt32LE(FIRST_HANDLE_AT))
        this.configs.push(JSON.parse(bytes.subarray(32, size).toString()))
        return text === 'trap' ? new Trap('fuel', 'it spent its fuel') : undefined
      },
      close: () => {
        this.alive--
      },
    }
  }
}

function tagging(value: string, handle: number): OpList {
  const list = opList(ops.set('tag', value))
  list.writeUInt32LE(handle, 4 + 8)
  return new OpList(list)
}

function file(name: string, text: string, manifest?: string): PluginFile {
  const bytes = new Uint8Array(new SharedArrayBuffer(text.length))
  bytes.set(Buffer.from(text))
  return { name, kind: 'lua', path: `/p/${name}.lua`, bytes, manifest, hash: `${text} ${manifest}` }
}

function set(...files: readonly PluginFile[]): PluginSet {
  return { dir: '/p', files, refused: [], disabled: [] }
}

const TWO = `plugins: { dir: /p }
listeners:
  - { name: first, address: '127.0.0.1:0', protocol: dubbo }
  - { name: second, address: '127.0.0.1:0', protocol: redis, filters: [metrics, router] }
`

function create() {
  const runtime = new ScriptedRuntime()
  const wheel = new TimingWheel({ nowMs: 0, wallMs: 0, refresh: () => undefined })
  const services = { wheel, defer: () => undefined }
  const guests = new GuestPlugins({ runtimes: [runtime], host: inertHost, services })
  const { registry } = sampleRegistry()
  const build = async (text: string, plugins: PluginSet) => {
    const built = await guests.build(loadConfig(text, 'w.yaml'), plugins, registry)
    const cluster = () => {
      throw new Error('no cluster is expected')
    }
    const compiled = compile(built.loaded, built.registry, { ...inertHost, version: 1, cluster })
    const listeners = compiled.kind === 'snapshot' ? compiled.snapshot.listeners : []
    const problems = compiled.kind === 'problems' ? compiled.problems.map(problemText) : []
    return {
      built,
      problems,
      chains: listeners.map(({ chain }) => chain.names),
      filters: (name: string) =>
        listeners.flatMap(({ chain }) => chain.filters.filter((_filter, i) => chain.names[i] === name)),
      retire: () => {
        for (const { chain } of listeners) chain.retire()
        built.release()
      },
    }
  }
  return { runtime, guests, build }
}

describe('GuestPlugins', () => {
  it('stand before the router of every listener that does not name them, by name', async () => {
    const { build } = create()
    const { chains, built } = await build(TWO, set(file('b', '1'), file('a', '1')))
    expect(chains).toEqual([
      ['a', 'b', 'router'],
      ['metrics', 'a', 'b', 'router'],
    ])
    expect(built.uses).toEqual([
      { name: 'a', version: '', listeners: ['first', 'second'] },
      { name: 'b', version: '', listeners: ['first', 'second'] },
    ])
  })

  it.each([
    ['listeners: [second]', [['router'], ['metrics', 'a', 'router']]],
    [
      'protocols: [dubbo]',
      [
        ['a', 'router'],
        ['metrics', 'router'],
      ],
    ],
    ['protocols: [thrift]', [['router'], ['metrics', 'router']]],
  ])('stand only where the manifest says %s', async (manifest, chains) => {
    const { build } = create()
    expect((await build(TWO, set(file('a', '1', manifest)))).chains).toEqual(chains)
  })

  it('stand where they are named, with attach: explicit nowhere else', async () => {
    const { build } = create()
    const text = TWO.replace(
      'dir: /p',
      'dir: /p, attach: explicit, settings: { b: { attach: auto } }',
    ).replace('[metrics, router]', '[a, metrics, router]')
    expect((await build(text, set(file('a', '1'), file('b', '1')))).chains).toEqual([
      ['b', 'router'],
      ['a', 'metrics', 'b', 'router'],
    ])
  })

  it('are the same filters while nothing about them changes, and are let go of with their last chain', async () => {
    const { build, guests, runtime } = create()
    const one = await build(TWO, set(file('a', '1'), file('b', '1')))
    const two = await build(TWO.replace('name: first', 'name: other'), set(file('a', '1'), file('b', '2')))
    expect(new Set([...one.filters('a'), ...two.filters('a')]).size).toBe(1)
    expect(new Set([...one.filters('b'), ...two.filters('b')]).size).toBe(2)
    expect(runtime.loaded).toEqual(['a 1', 'b 1', 'b 2'])
    one.retire()
    expect(guests.filtersCount).toBe(2)
    two.retire()
    expect([guests.filtersCount, runtime.alive]).toEqual([0, 0])
  })

  it('have one filter for each configuration, and for each place in a chain', async () => {
    const { build, runtime } = create()
    const text = TWO.replace('dir: /p', 'dir: /p, settings: { a: { config: { x: 1, y: 1 } } }').replace(
      '[metrics, router]',
      '[{ a: { y: 2 } }, a, a, router]',
    )
    const { filters, retire } = await build(text, set(file('a', '1', 'config: { z: 3 }')))
    expect(new Set(filters('a')).size).toBe(3)
    expect(runtime.configs).toEqual([
      { z: 3, x: 1, y: 1 },
      { z: 3, x: 1, y: 2 },
      { z: 3, x: 1, y: 1 },
    ])
    retire()
    expect(runtime.alive).toBe(0)
  })

  it.each([
    ['refuse', undefined, '/p/a.lua:1: refused'],
    ['trap', undefined, '/p/a.lua: the plugin a cannot be used: it spent its fuel'],
    [
      '1',
      'capabilities: [clock, log, random]',
      '/p/a.lua: it needs clock, random, which nobody granted: write grants: [clock, random] under plugins.settings.a',
    ],
    [
      '1',
      'colour: 1\nversio: "1"',
      '/p/a.plugin.yaml:2:1: versio: unknown key "versio", did you mean "version"?',
    ],
    ['1', 'nmae: a', '/p/a.plugin.yaml:1:1: nmae: unknown key "nmae", did you mean "name"?'],
    ['1', 'name: b', '/p/a.plugin.yaml: the manifest is that of "b", and the file is called "a"'],
    [
      '1',
      'options: { properties: { x: { type: integer } }, required: [x] }',
      '/p/a.lua: its configuration: "x" is missing',
    ],
    ['1', 'options: { properties: { x: { pattern: "(a+)+$" } } }', '"pattern" is not understood'],
    ['1', 'examples: [{ request: {}, expect: { verdict: drop } }]', 'the verdict is continue, not drop'],
    ['1', 'examples: [{ request: {}, expect: { properties: { tag: "2" } } }]', '"tag" is "1", not "2"'],
    [
      '1',
      'examples: [{ title: "\\e[2J", request: {}, expect: { verdict: drop } }]',
      '/p/a.plugin.yaml: \\u001b[2J: the verdict is continue, not drop',
    ],
  ])('that are wrong (%s, %s) are refused, and hold nothing else back', async (text, manifest, reason) => {
    const { build, runtime } = create()
    const { chains, built, retire } = await build(TWO, set(file('a', text, manifest), file('b', '1')))
    expect(chains[0]).toEqual(['b', 'router'])
    expect(built.refused).toEqual([
      { name: 'a', hash: expect.any(String), reason: expect.stringContaining(reason) },
    ])
    retire()
    expect(runtime.alive).toBe(0)
  })

  it('are other filters where another thing comes of their failures', async () => {
    const { build } = create()
    const text = (policy: string) =>
      TWO.replace('dir: /p', `dir: /p, settings: { a: { on-failure: ${policy} } }`)
    const different = await build(text('{ first: open }'), set(file('a', '1')))
    expect([new Set(different.filters('a')).size, different.built.notices]).toEqual([2, []])
    const same = await build(text('{ first: open, second: open }'), set(file('a', '1')))
    expect(new Set(same.filters('a')).size).toBe(1)
    const { built } = await build(text('{ frist: open }'), set(file('a', '1')))
    expect(built.notices.map(problemText)).toEqual([
      expect.stringContaining('there is no listener "frist", did you mean "first"?'),
    ])
    const { problems } = await build(text('opne'), set())
    expect(problems[0]).toContain('unknown value "opne", did you mean "open"?')
    const wrong = await build(text('{ first: opne }'), set())
    expect(wrong.problems[0]).toContain('unknown value "opne", did you mean "open"?')
  })

  it('that are refused and named are a problem of the file, with the reason', async () => {
    const { build } = create()
    const text = TWO.replace('[metrics, router]', '[metrics, a, router]')
    expect((await build(text, set(file('a', 'refuse')))).problems).toEqual([
      'w.yaml:4:81: listeners[1].filters[1]: the filter could not be made: /p/a.lua:1: refused',
    ])
    const before = { ...set(), refused: [{ name: 'a', hash: '', reason: 'refused before' }] }
    expect((await build(text, before)).problems[0]).toContain('refused before')
  })

  it('that are not there are unknown, and the nearest one is named', async () => {
    const { build } = create()
    const text = TWO.replace('[metrics, router]', '[metrics, tga, router]')
    expect((await build(text, set(file('tag', '1')))).problems[0]).toContain(
      'unknown filter "tga", did you mean "tag"?',
    )
    const settings = TWO.replace('dir: /p', 'dir: /p, settings: { tga: {} }')
    expect((await build(settings, set(file('tag', '1')))).built.notices.map(problemText)).toEqual([
      'w.yaml:1:33: plugins.settings.tga: there is no plugin "tga" in /p, did you mean "tag"? (known: tag)',
    ])
  })

  it('may not take the name of a built-in filter', async () => {
    const { build } = create()
    const { built, chains } = await build(TWO, set(file('router', '1')))
    expect(built.refused[0]?.reason).toBe('/p/router.lua: "router" is the name of a built-in filter')
    expect(chains[0]).toEqual(['router'])
  })

  it('that are switched off let everything pass where they are named, and run nothing', async () => {
    const { build, runtime } = create()
    const text = TWO.replace('[metrics, router]', '[metrics, a, router]')
    const { filters, problems, built } = await build(text, { ...set(file('a', '1')), disabled: ['a'] })
    expect([problems, filters('a'), built.uses, runtime.loaded]).toEqual([[], [{}], [], []])
  })
})
