/** Manifests that plugins carry themselves, in each of the languages. */
import { describe, expect, test } from 'vitest'
import { createJsRuntime } from '../../../core/plugin/js-runtime.ts'
import { createLuaRuntime } from '../../../core/plugin/lua-runtime.ts'
import { createWasmRuntime } from '../../../core/plugin/wasm-runtime.ts'

const MANIFEST = {
  version: '1.2.0',
  capabilities: ['clock', 'timers'],
  config: { who: 'no"body\n', share: 0.25, deep: { on: true } },
  examples: [{ request: { properties: { caller: 'bob' } }, expect: { verdict: 'drop' } }],
}
const source = (kind: string, bytes: Buffer) => ({ name: 'tag', path: `/plugins/tag.${kind}`, bytes })

function wasm(...sections: readonly (readonly [id: number, bytes: Buffer])[]): Buffer {
  const preamble = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
  const size = (value: number) => Buffer.from([(value & 0x7f) | 0x80, value >> 7])
  return Buffer.concat([
    preamble,
    ...sections.flatMap(([id, bytes]) => [Buffer.from([id]), size(bytes.length), bytes]),
  ])
}
const named = (name: string, text: string) => Buffer.from(`${String.fromCharCode(name.length)}${name}${text}`)

describe('a manifest', () => {
  test('is a global table in Lua', async () => {
    const file = `manifest = {
      version = '1.2.0', capabilities = { 'clock', 'timers' },
      config = { who = 'no"body\\n', share = 0.25, deep = { on = true } },
      examples = { { request = { properties = { caller = 'bob' } }, expect = { verdict = 'drop' } } },
    }
    function onRequest() end -- the end`
    expect(await createLuaRuntime().manifestIn?.(source('lua', Buffer.from(file)))).toEqual(MANIFEST)
  })

  test('is an export in JavaScript', async () => {
    const file = `export const manifest = ${JSON.stringify(MANIFEST)}\nexport function onRequest() {}`
    expect(await createJsRuntime().manifestIn?.(source('js', Buffer.from(file)))).toEqual(MANIFEST)
  })

  test('is a custom section in WebAssembly', async () => {
    const file = wasm([0, named('name', 'x')], [0, named('weir.manifest', 'version: 1.2.0')])
    expect(await createWasmRuntime().manifestIn?.(source('wasm', file))).toBe('version: 1.2.0')
  })

  test('is carried by codecs in the same way', async () => {
    const named = (kind: string, bytes: string) => ({
      ...{ name: 'chat.codec', path: `/plugins/chat.codec.${kind}`, bytes: Buffer.from(bytes) },
    })
    const lua = `manifest = { version = '2', capabilities = { 'clock' } }
      codec { correlation = 'fifo', magic = 'chat' }
      function decode(r) end function encodeError() end`
    const wanted = { version: '2', capabilities: ['clock'] }
    expect(await createLuaRuntime().manifestIn?.(named('lua', lua))).toEqual(wanted)
    const js = `export const manifest = ${JSON.stringify(wanted)}
      const first = reader([1]).u8()
      export const codec = { correlation: 'fifo', magic: [first] }`
    expect(await createJsRuntime().manifestIn?.(named('js', js))).toEqual(wanted)
  })

  test('need not be there', async () => {
    expect(
      await createLuaRuntime().manifestIn?.(source('lua', Buffer.from('function onRequest() end'))),
    ).toBe(undefined)
    expect(await createWasmRuntime().manifestIn?.(source('wasm', wasm([0, named('name', 'x')])))).toBe(
      undefined,
    )
    expect(await createWasmRuntime().manifestIn?.(source('wasm', Buffer.from('no module at all')))).toBe(
      undefined,
    )
    expect(await createJsRuntime().manifestIn?.(source('js', Buffer.from('export const x = 1')))).toBe(
      undefined,
    )
  })

  test('that cannot be said is a sentence with the file', async () => {
    const lua = Buffer.from('manifest = { config = { f = print } }')
    await expect(async () => await createLuaRuntime().manifestIn?.(source('lua', lua))).rejects.toThrow(
      /tag\.lua: [\s\S]*the manifest holds a function/,
    )
    const js = Buffer.from('export const manifest = { get version() { throw new Error("no luck") } }')
    await expect(createJsRuntime().manifestIn?.(source('js', js))).rejects.toThrow(
      /tag\.js: tag\.js:1: no luck/,
    )
  })
})
