import { describe, expect, it } from 'vitest'
import { TimingWheel } from '../../../core/base/timing-wheel.ts'
import { validate } from '../../../core/config/compile.ts'
import { GuestCodecs } from '../../../core/config/guest-codecs.ts'
import { GuestPlugins } from '../../../core/config/guest-plugins.ts'
import { inertHost } from '../../../core/config/inert-host.ts'
import { loadConfig } from '../../../core/config/load.ts'
import { problemText } from '../../../core/config/problem.ts'
import type { GuestRuntime } from '../../../core/plugin/guest-runtime.ts'
import { createJsRuntime } from '../../../core/plugin/js-runtime.ts'
import { createLuaRuntime } from '../../../core/plugin/lua-runtime.ts'
import { settingsOf } from '../../../core/plugin/options.ts'
import type { PluginFile, PluginKind, PluginSet } from '../../../core/plugin/plugin-file.ts'
import { createWasmRuntime } from '../../../core/plugin/wasm-runtime.ts'
import { MemorySharedState } from '../../../sdk/testing/memory-shared-state.ts'
import { taggingGuest } from '../guest/wasm/tagging-guest.ts'
import { sampleRegistry } from './sample-plugins.ts'

const SOURCE = `codec { correlation = 'fifo', magic = 'chat ' }
function decode(r) r:magic('chat ') local line = r:line(100) return message { kind = 'request', operation = line } end
function encodeError(request, error, w) w:bytes('no\\n') end
function onConfigure(config) if config.bad then return 'bad is bad' end end`

function file(
  name: string,
  bytes: string | Uint8Array,
  kind: PluginKind = 'lua',
  manifest?: string,
): PluginFile {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(Buffer.from(bytes))
  return {
    name,
    kind,
    path: `/plugins/${name}.${kind}`,
    bytes: shared,
    manifest,
    hash: `${name}${bytes.length}`,
  }
}

function quietServices() {
  return {
    wheel: new TimingWheel({ ...inertHost.clock, refresh: () => undefined }),
    defer: () => undefined,
  }
}

function folderOf(shared = inertHost.shared): GuestPlugins {
  return new GuestPlugins({
    runtimes: [createLuaRuntime(), createWasmRuntime()],
    host: { ...inertHost, shared },
    services: quietServices(),
  })
}

async function built(
  files: readonly PluginFile[],
  listener: string,
  plugins = '',
  more: Partial<PluginSet> = {},
  shared = inertHost.shared,
) {
  return await builtBy(folderOf(shared), files, listener, plugins, more)
}

async function builtBy(
  guests: GuestPlugins,
  files: readonly PluginFile[],
  listener: string,
  plugins = '',
  more: Partial<PluginSet> = {},
) {
  const text = `plugins: { dir: /plugins${plugins} }
listeners:
  - { name: in, address: '127.0.0.1:0', ${listener}, routes: [{ cluster: up }] }
clusters: [{ name: up, endpoints: ['127.0.0.1:1'] }]
`
  const loaded = loadConfig(text, 'weir.yaml')
  const set = { dir: '/plugins', files, refused: [], disabled: [], ...more }
  const build = await guests.build(loaded, set, sampleRegistry().registry)
  const problems = validate(build.loaded, build.registry, inertHost).map(problemText)
  return { build, problems }
}

describe('a codec of the plugin folder', () => {
  it('is a protocol that listeners name', async () => {
    const { build, problems } = await built([file('chat.codec', SOURCE)], 'protocol: chat')
    expect(problems).toEqual([])
    expect(build.uses).toEqual([{ name: 'chat.codec', version: '', listeners: ['in'] }])
    expect(build.registry.codec('chat')).toMatchObject({ name: 'chat', correlation: 'fifo' })
    expect(build.registry.codec('chat')?.life?.version).toBe(`chat.codec${SOURCE.length}`.slice(0, 8))
  })

  it('is found by its first bytes, beside those that are built in', async () => {
    const { build, problems } = await built([file('chat.codec', SOURCE)], 'protocol: auto')
    expect(problems).toEqual([])
    expect(build.uses[0]?.listeners).toEqual(['in'])
  })

  it('counts as replaced when no configuration holds it any more', async () => {
    const one = await built([file('chat.codec', SOURCE)], 'protocol: chat')
    const first = one.build.registry.codec('chat')
    expect(first?.life?.replaced).toBe(false)
    one.build.release()
    await new Promise((resolve) => setImmediate(resolve))
    expect(first?.life?.replaced).toBe(true)
  })

  it('takes its open breaker along when it is replaced', async () => {
    const shared = new MemorySharedState(inertHost.clock)
    const failing = SOURCE.replace("r:magic('chat ')", "error('no')")
    const { build } = await built([file('chat.codec', failing)], 'protocol: chat', '', {}, shared)
    const sink = { message: () => {}, need: () => {}, refused: () => {}, malformed: () => {} }
    for (let round = 0; round < 20; round++)
      build.registry
        .codec('chat')
        ?.createDecoder('response', { bodyBytesMax: 9 })
        .decode(Buffer.from('x'), sink)
    const open = () => shared.read('plugin_breaker_open', { plugin: 'chat.codec' })
    expect(open()).toBe(1)
    build.release()
    await new Promise((resolve) => setImmediate(resolve))
    expect(open()).toBe(0)
  })

  it('carries its manifest itself, or beside it', async () => {
    const carried = `manifest = { version = '2.1', capabilities = { 'clock' }, config = { bad = true } }\n${SOURCE}`
    const { problems } = await built([file('chat.codec', carried)], 'protocol: chat')
    expect(problems[0]).toContain('write grants: [clock] under plugins.settings.chat.codec')
    const granted = ', settings: { chat.codec: { grants: [clock] } }'
    expect((await built([file('chat.codec', carried)], 'protocol: chat', granted)).problems[0]).toContain(
      'bad is bad',
    )
    const sound = carried.replace('bad = true', 'bad = false')
    const { build } = await built([file('chat.codec', sound)], 'protocol: chat', granted)
    expect(build.registry.codec('chat')?.life?.version).toBe('2.1-chat.cod')
    const beside = file('chat.codec', carried, 'lua', 'version: "3"')
    const next = await built([beside], 'protocol: chat')
    expect(next.build.registry.codec('chat')?.life?.version).toMatch(/^3-/)
  })

  it('has its configuration told with its line, by a new line when that moves', async () => {
    const schema = 'options: { properties: { depth: { type: integer } }, additionalProperties: false }'
    const files = [file('chat.codec', SOURCE, 'lua', schema)]
    const settings = (before: string) => `,${before} settings: { chat.codec: { config: { dept: 1 } } }`
    const guests = folderOf()
    const problemsOf = async (before: string) =>
      (await builtBy(guests, files, 'protocol: chat', settings(before))).problems
    const text = 'plugins.settings["chat.codec"].config.dept: unknown key "dept", did you mean "depth"?'
    expect(await problemsOf('')).toEqual([
      expect.stringContaining(`/plugins/chat.codec.lua: its configuration: weir.yaml:1:63: ${text}`),
    ])
    expect(await problemsOf('\n')).toEqual([expect.stringContaining(`weir.yaml:2:38: ${text}`)])
  })

  it.each([
    ['has an error in its source', file('chat.codec', 'codec {'), '', 'chat.codec.lua:1:'],
    [
      'refuses its configuration',
      file('chat.codec', SOURCE),
      ', settings: { chat.codec: { config: { bad: true } } }',
      'bad is bad',
    ],
    [
      'is switched off',
      file('chat.codec', SOURCE),
      ', settings: { chat.codec: { disabled: true } }',
      'it is switched off',
    ],
    [
      'lacks a grant',
      file('chat.codec', SOURCE, 'lua', 'capabilities: [clock]'),
      '',
      'it needs clock, which nobody granted: write grants: [clock] under plugins.settings.chat.codec',
    ],
    [
      'does not fit its schema',
      file('chat.codec', SOURCE, 'lua', 'options: { type: object, required: [x] }'),
      '',
      'its configuration: ',
    ],
    [
      'does not fit what only the library knows of schemas',
      file('chat.codec', SOURCE, 'lua', 'options: { oneOf: [{ required: [a] }, { required: [b] }] }'),
      '',
      'must match exactly one schema in oneOf',
    ],
    [
      'brings a schema that would never come to an end',
      file('chat.codec', SOURCE, 'lua', 'options: { properties: { a: { pattern: ["(a+)+$"] } } }'),
      `, settings: { chat.codec: { config: { a: ${'a'.repeat(50)}! } } }`,
      'chat.codec.plugin.yaml:1:40: options.properties.a.pattern: "pattern" is not understood',
    ],
    [
      'brings a schema that is broken',
      file('chat.codec', SOURCE, 'lua', 'options: { properties: { a: { minLength: { valueOf: 1 } } } }'),
      ', settings: { chat.codec: { config: { a: x } } }',
      'options.properties.a.minLength: must be a whole number',
    ],
    [
      'is a filter in WebAssembly',
      file('chat.codec', taggingGuest(), 'wasm'),
      '',
      'does not export weir_codec_1',
    ],
    ['is a schema that is none', file('chat.codec', 'fields: 5', 'yaml'), '', 'fields'],
    [
      'is of a kind that nothing here runs',
      file('chat.codec', 'x', 'js'),
      '',
      'nothing here runs .codec.js files',
    ],
  ])(
    'that %s is no protocol, and the listener that names it is told why',
    async (_name, plugin, settings, reason) => {
      const { problems } = await built([plugin], 'protocol: chat', settings)
      expect(problems).toHaveLength(1)
      expect(problems[0]).toContain('the codec of "chat" cannot be used')
      expect(problems[0]).toContain(reason)
      const unnamed = await built([plugin], 'protocol: none', settings)
      expect(unnamed.problems[0]).toContain('unknown protocol')
    },
  )

  it('that is refused leaves no process of its own', async () => {
    const runtime = createJsRuntime()
    let open = 0
    const watched: GuestRuntime = {
      ...runtime,
      loadCodec: async (source) => {
        const made = await (runtime.loadCodec?.(source) ?? Promise.reject(new Error('no codecs')))
        open++
        const close = () => {
          open--
          made.module.close?.()
        }
        return { ...made, module: { ...made.module, close } }
      },
    }
    const codecs = new GuestCodecs({ runtimes: [watched], host: inertHost, services: quietServices() })
    const source = `export const codec = { correlation: 'fifo', magic: [1] }
      export function decode() {}
      export function onConfigure() { return 'never' }`
    const held = codecs.take(file('chat.codec', source, 'js'), settingsOf(undefined))
    await expect(held.thing).rejects.toThrow('never')
    expect(open).toBe(0)
    held.release()
  })

  it('cannot take the name of a protocol that is built in', async () => {
    const [name = ''] = sampleRegistry().registry.codecNames
    const { build, problems } = await built([file(`${name}.codec`, SOURCE)], `protocol: ${name}`)
    expect(problems).toEqual([])
    expect(build.refused[0]?.reason).toContain('is the name of a protocol that is built in')
  })
})
