import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildFilter } from '../../../sdk/guest/assemblyscript/build-filter.ts'
import { opList, ops } from '../../core/guest/op-builder.ts'
import { code } from '../../core/guest/wasm/code.ts'
import { cannedGuest, GuestBuilder, PHASE } from '../../core/guest/wasm/guest-builder.ts'
import { eventually } from '../../support/eventually.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { startedProxies } from './started-proxies.ts'

const start = startedProxies()
const dir = temporaryFolder('assembly')

/** Fails in its third line, in a function that the compiler puts into the other. */
const FAILING = `import { Metadata, Mutation } from 'weir'
function deep(at: i32): i32 {
  store<i32>(at, 1)
  return at
}
export function onRequest(metadata: Metadata, mutation: Mutation): void {
  mutation.set('n', deep(0x7ff00000 + i32(metadata.size)))
}
`

/** Sets the attachment `tag` on every request. */
function tagging(value: string): Uint8Array {
  return cannedGuest({ request: opList(ops.set('tag', value)) })
}

function looping(): Uint8Array {
  const builder = new GuestBuilder()
  const configured = code.if(code.eq(code.get(PHASE), code.i32(1)), code.return(code.i32(0)))
  return builder.build([...configured, ...code.forever(), ...code.i32(0)])
}

describe('a WebAssembly file in the folder of a running weir', () => {
  it('is in the way of the next calls, saved anew as well, and out of it when it is removed', async () => {
    const proxy = await start()
    expect(await proxy.ask()).not.toContain('tag')
    proxy.save('tag.wasm', tagging('one'))
    await proxy.askUntil('tag=one')
    proxy.save('tag.wasm', tagging('two'))
    await proxy.askUntil('tag=two')
    await proxy.pluginUntil('tag', (view) => view?.state === 'live' && view.lastError === null)
    expect(await proxy.plugins()).toMatchObject([{ name: 'tag', listeners: ['main'] }])
    proxy.remove('tag.wasm')
    await proxy.pluginUntil('tag', (view) => view === undefined)
    expect(await proxy.ask()).not.toContain('tag')
  })

  it('is tried before it serves: a broken save keeps the last good version, and says why', async () => {
    const proxy = await start({ files: { 'tag.wasm': tagging('one') } })
    expect(await proxy.ask()).toContain('tag=one')
    proxy.save('tag.wasm', 'this is no module')
    await proxy.pluginUntil('tag', (view) => view?.lastError !== null)
    expect(await proxy.ask()).toContain('tag=one')
    expect(await proxy.plugins()).toMatchObject([
      { state: 'live', lastError: { message: expect.stringContaining('tag.wasm: ') } },
    ])
    expect(await proxy.get('/metrics')).toContain('weir_plugin_last_load_success{plugin="tag"} 0')
    proxy.save('tag.wasm', tagging('three'))
    await proxy.askUntil('tag=three')
    await proxy.pluginUntil('tag', (view) => view?.state === 'live' && view.lastError === null)
    expect(await proxy.get('/metrics')).toContain('weir_plugin_last_load_success{plugin="tag"} 1')
  })

  it('that refuses its configuration, or traps in it, never serves and holds nothing else back', async () => {
    const refusing = cannedGuest({ configure: opList(ops.refuse('no such colour')) })
    const proxy = await start({ files: { 'bad.wasm': refusing, 'tag.wasm': tagging('one') } })
    expect(await proxy.ask()).toContain('tag=one')
    expect(await proxy.plugins()).toMatchObject([
      { name: 'bad', state: 'refused', lastError: { message: expect.stringContaining('no such colour') } },
      { name: 'tag', state: 'live', lastError: null },
    ])
    proxy.save('tag.wasm', tagging('two'))
    await proxy.askUntil('tag=two')
    proxy.save('bad.wasm', cannedGuest({ request: opList(ops.set('bad', 'mended')) }))
    await proxy.askUntil('bad=mended')
  })

  it('that loops for ever costs its own calls, by its policy, and nobody else', async () => {
    const proxy = await start({
      files: { 'loop.wasm': looping(), 'tag.wasm': tagging('one') },
      plugins: '  settings: { loop: { on-failure: open, fuel: 1000000 } }',
    })
    for (let i = 0; i < 8; i++) expect(await proxy.ask()).toContain('tag=one')
    const [loop] = await proxy.plugins()
    expect(loop).toMatchObject({ name: 'loop', state: 'live' })
    expect(loop?.traps['fuel']).toBeGreaterThanOrEqual(5)
    proxy.configure({ plugins: '  settings: { loop: { on-failure: closed } }' })
    await proxy.askUntil('error')
    expect(await proxy.ask()).toContain('the plugin loop failed')
    proxy.save('loop.wasm', tagging('mended'))
    await proxy.askUntil('tag=')
    expect(proxy.running).toBe(true)
  })

  it('that fails is shown with the file and the line of its source', async () => {
    writeFileSync(join(dir, 'tag.ts'), FAILING)
    const built = await buildFilter(join(dir, 'tag.ts'), { names: true, lines: true })
    if (built.kind === 'failed') expect.fail(built.text)
    const proxy = await start({ files: { 'tag.wasm': built.wasm } })
    expect(await proxy.ask()).toContain('the plugin tag failed')
    const said = 'memory: memory access out of bounds at tag.ts:3:3 (tag/onRequest)'
    await proxy.pluginUntil('tag', (view) => view?.lastFailure?.message.startsWith(said) === true)
    await eventually(async () => (await proxy.get('/plugins/tag/logs')).includes(said), 'it is in its lines')
    await eventually(() => proxy.log.some((line) => line.includes(said)), 'it is in the log')
  })

  it('is not disturbed by what editors leave behind, by renames and by storms', async () => {
    const proxy = await start({ files: { 'tag.wasm': tagging('one') } })
    for (const name of ['.tag.wasm.swp', 'tag.wasm~', '4913', '.#tag.wasm', 'tag.wasm.tmp', 'README.md'])
      proxy.save(name, 'whatever')
    proxy.save('new.tmp', tagging('two'))
    renameSync(join(proxy.folder, 'new.tmp'), join(proxy.folder, 'tag.wasm'))
    await proxy.askUntil('tag=two')
    for (let i = 0; i < 1_000; i++) proxy.save('tag.wasm', tagging(`storm-${i}`))
    await proxy.askUntil('tag=storm-999')
    await proxy.pluginUntil('tag', (view) => view?.state === 'live' && view.lastError === null)
    expect(await proxy.metric('weir_plugin_reloads_total')).toBeLessThan(500)
  })

  it('keeps serving while its folder is gone, and follows the folder that is made again', async () => {
    const proxy = await start({ files: { 'tag.wasm': tagging('one') } })
    renameSync(proxy.folder, `${proxy.folder}-gone`)
    const { status, text } = await proxy.post('/plugins/reload')
    expect([status, text]).toEqual([422, expect.stringContaining(`there is no folder ${proxy.folder}`)])
    expect(await proxy.ask()).toContain('tag=one')
    mkdirSync(proxy.folder)
    proxy.save('tag.wasm', tagging('two'))
    await proxy.askUntil('tag=two')
  })

  it('is read through links that stay in the folder, and through no others', async () => {
    const proxy = await start()
    mkdirSync(join(proxy.folder, '..', 'elsewhere'))
    writeFileSync(join(proxy.folder, '..', 'elsewhere', 'out.wasm'), tagging('out'))
    symlinkSync(join('..', 'elsewhere', 'out.wasm'), join(proxy.folder, 'out.wasm'))
    symlinkSync('nowhere.wasm', join(proxy.folder, 'broken.wasm'))
    proxy.save('.real', tagging('in'))
    symlinkSync('.real', join(proxy.folder, 'tag.wasm'))
    await proxy.askUntil('tag=in')
    await proxy.pluginUntil('tag', (view) => view?.state === 'live')
    expect(await proxy.plugins()).toMatchObject([
      { name: 'broken', lastError: { message: expect.stringContaining('leads nowhere') } },
      { name: 'out', state: 'refused', lastError: { message: expect.stringContaining('out of the plugin') } },
      { name: 'tag', state: 'live' },
    ])
    symlinkSync('nowhere.wasm', join(proxy.folder, '.new'))
    renameSync(join(proxy.folder, '.new'), join(proxy.folder, 'tag.wasm'))
    await proxy.pluginUntil('tag', (view) => view?.lastError !== null)
    expect(await proxy.ask()).toContain('tag=in')
  })

  it('stands where a listener names it, and only there with attach: explicit', async () => {
    const proxy = await start({
      files: {
        'tag.wasm': tagging('one'),
        'other.wasm': cannedGuest({ request: opList(ops.set('o', 'x')) }),
      },
      plugins: '  attach: explicit',
      listener: '    filters: [tag, router]',
    })
    expect(await proxy.ask()).toContain('tag=one')
    expect(await proxy.ask()).not.toContain('o=x')
    proxy.remove('tag.wasm')
    await proxy.pluginUntil('tag', (view) => view?.lastError !== null)
    expect(await proxy.ask()).toContain('tag=one')
    proxy.configure({ plugins: '  attach: explicit', listener: '    filters: [tga, router]' })
    const refused = await proxy.post('/reload')
    expect(refused.text).toContain('unknown filter \\"tga\\", did you mean \\"tag\\"?')
    proxy.configure({ plugins: '  attach: auto' })
    await proxy.askUntil('o=x')
    await proxy.pluginUntil('tag', (view) => view === undefined)
  })

  it('is switched off and on by an operator', async () => {
    const proxy = await start({ files: { 'tag.wasm': tagging('one') } })
    expect((await proxy.post('/plugins/disable', 'tag')).status).toBe(200)
    expect(await proxy.ask()).not.toContain('tag')
    expect(await proxy.plugins()).toMatchObject([{ name: 'tag', state: 'disabled' }])
    expect((await proxy.post('/plugins/enable', 'tag')).status).toBe(200)
    expect(await proxy.ask()).toContain('tag=one')
    expect((await proxy.post('/plugins/disable', 'tga')).status).toBe(404)
  })

  it('needs what its manifest asks for, and comes out right in its examples', async () => {
    const manifest = (value: string, more = '') => `version: 1.2.3
${more}
examples:
  - title: everybody is tagged
    request: { operation: demo.Greeter/hello }
    expect: { properties: { tag: ${value} } }
`
    const proxy = await start({
      files: { 'tag.wasm': tagging('one'), 'tag.plugin.yaml': manifest('one', 'capabilities: [clock]') },
    })
    expect((await proxy.plugins())[0]?.lastError?.message).toContain(
      'write grants: [clock] under plugins.settings.tag',
    )
    proxy.configure({ plugins: '  settings: { tag: { grants: [clock] } }' })
    await proxy.askUntil('tag=one')
    await proxy.pluginUntil('tag', (view) => view?.version === '1.2.3' && view.lastError === null)
    const refused = async (reason: string) =>
      await proxy.pluginUntil('tag', (view) => view?.lastError?.message.includes(reason) === true)
    proxy.save('tag.plugin.yaml', manifest('two'))
    await refused('everybody is tagged: "tag" is "one", not "two"')
    expect(await proxy.ask()).toContain('tag=one')
    proxy.save('tag.plugin.yaml', manifest('two', 'colour: red'))
    await refused('tag.plugin.yaml:2:1: colour: unknown key "colour"')
  })
})
