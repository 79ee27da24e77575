import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { DemoClient } from '../../../examples/demo/client.ts'
import { eventually, PATIENCE_MS } from '../../support/eventually.ts'
import { metricsFaults } from '../../support/metrics-faults.ts'
import { startedProxies } from './started-proxies.ts'

const MAIN = join(import.meta.dirname, '..', '..', '..', 'core', 'cli', 'main.ts')
const run = promisify(execFile)

const start = startedProxies()

function tagging(value: string): string {
  return `function onRequest(metadata, mutation)\n  mutation.set("tag", "${value}")\nend\n`
}

/** The first of a list, wherever the path leads to one. */
function firstAt(value: unknown, path: readonly string[]): object | undefined {
  const [key, ...rest] = path
  const held = Array.isArray(value) ? value[0] : value
  if (typeof held !== 'object' || held === null) return undefined
  return key === undefined ? held : firstAt(Object.entries(held).find(([name]) => name === key)?.[1], rest)
}

describe('a Lua file in the folder of a running weir', () => {
  it('is in the way of the next calls, saved anew as well, and out of it when it is removed', async () => {
    const proxy = await start()
    proxy.save('tag.lua', tagging('one'))
    await proxy.askUntil('tag=one')
    proxy.save('tag.lua', tagging('two'))
    await proxy.askUntil('tag=two')
    proxy.remove('tag.lua')
    await proxy.pluginUntil('tag', (view) => view === undefined)
    expect(await proxy.ask()).not.toContain('tag')
  })

  it('keeps its last good version when a save is broken, and names file and line', async () => {
    const proxy = await start({ files: { 'tag.lua': tagging('one') } })
    proxy.save('tag.lua', 'function onRequest(metadata, mutation)\n  mutation.set("tag",\nend\n')
    await proxy.pluginUntil('tag', (view) => /tag\.lua:3: /.test(view?.lastError?.message ?? ''))
    expect(await proxy.ask()).toContain('tag=one')
  })

  it('costs its own calls when it loops for ever, and nobody else', async () => {
    const proxy = await start({
      files: { 'tag.lua': tagging('one') },
      plugins: '  settings: { zloop: { on-failure: open } }',
    })
    proxy.save('zloop.lua', 'function onRequest(metadata, mutation)\n  while true do end\nend\n')
    await proxy.pluginUntil('zloop', (view) => view?.state === 'live')
    for (let i = 0; i < 8; i++) expect(await proxy.ask()).toContain('tag=one')
    const loop = (await proxy.plugins()).find(({ name }) => name === 'zloop')
    expect(loop?.traps['fuel']).toBeGreaterThanOrEqual(1)
    proxy.save('zloop.lua', tagging('two'))
    await proxy.askUntil('tag=two')
    expect(proxy.running).toBe(true)
  })

  it('refuses on one listener and lets pass on another, as its settings say', async () => {
    const proxy = await start({
      files: { 'fail.lua': 'function onRequest() error("no luck") end\n' },
      plugins: '  settings: { fail: { on-failure: { lenient: open } } }',
      listener:
        '  - { name: lenient, address: "127.0.0.1:0", protocol: dubbo, filters: [fail, router], routes: [{ cluster: demo }] }',
    })
    expect(await proxy.ask()).toContain('the plugin fail failed')
    const lenient = new DemoClient('127.0.0.1', proxy.portOf('lenient'), PATIENCE_MS)
    const outcome = await lenient.call({ method: 'sayHello', argument: 'you' })
    lenient.close()
    expect(outcome).toMatchObject({ kind: 'value', text: expect.stringContaining('Hello, you!') })
  })

  it('that loops for ever before it is there is refused, and the last good version stays', async () => {
    const proxy = await start({ files: { 'tag.lua': tagging('one') } })
    proxy.save('tag.lua', 'while true do end')
    await proxy.pluginUntil('tag', (view) => view?.lastError !== null)
    expect(await proxy.ask()).toContain('tag=one')
  })

  it('keeps what it remembers when something else is reloaded', async () => {
    const counting =
      'local n = 0\nfunction onRequest(metadata, mutation)\n  n = n + 1\n  mutation.set("n", tostring(n))\nend\n'
    const proxy = await start({ files: { 'count.lua': counting } })
    expect(await proxy.ask()).toContain('n=1')
    proxy.save('tag.lua', tagging('one'))
    await proxy.askUntil('tag=one')
    const seen = Number(/n=(\d+)/.exec(await proxy.ask())?.[1])
    expect(seen).toBeGreaterThan(2)
    await proxy.post('/reload')
    expect(await proxy.ask()).toContain(`n=${seen + 1}`)
  })

  it('is given its configuration, the listener on top of the settings, and changes with it', async () => {
    const told =
      'local who = ""\nfunction onConfigure(config) who = config.who end\n' +
      'function onRequest(metadata, mutation) mutation.set("who", who) end\n'
    const proxy = await start({
      files: { 'told.lua': told },
      plugins: '  settings: { told: { config: { who: settings } } }',
    })
    expect(await proxy.ask()).toContain('who=settings')
    proxy.configure({
      plugins: '  settings: { told: { config: { who: settings } } }',
      listener: '    filters: [{ told: { who: listener } }, router]',
    })
    await proxy.askUntil('who=listener')
  })

  it('is listed and switched by weir plugin', async () => {
    const proxy = await start({ files: { 'tag.lua': tagging('one') } })
    const weir = async (...args: readonly string[]) =>
      await run(process.execPath, [MAIN, 'plugin', ...args, '--admin', proxy.admin])
    expect((await weir('list')).stdout).toMatch(
      /^NAME +STATE.*\ntag +live +lua +- +[0-9a-f]{8} +main +0 +0 +- +[0-9.]+ MiB\n$/,
    )
    await weir('disable', 'tag')
    expect(await proxy.ask()).not.toContain('tag')
    await weir('enable', 'tag')
    expect(await proxy.ask()).toContain('tag=one')
    await expect(weir('disable', 'tga')).rejects.toMatchObject({
      code: 1,
      stderr: 'there is no plugin "tga", did you mean "tag"? (known: tag)\n',
    })
  })

  it('stays switched off through a save, another configuration and the death of a worker, until it is switched on', async () => {
    const ending =
      "export function onRequest(metadata) { if (metadata.get('end') === 'now') process.exit(3) }"
    const options = { plugins: '  settings: { ending: { trusted: true } }\n' }
    const proxy = await start({ ...options, files: { 'tag.lua': tagging('one'), 'ending.js': ending } })
    expect(await proxy.ask()).toContain('tag=one')
    expect((await proxy.post('/plugins/disable', 'tag')).status).toBe(200)
    proxy.save('tag.lua', tagging('another'))
    const hash = (await proxy.plugins()).find(({ name }) => name === 'tag')?.hash
    await proxy.pluginUntil('tag', (view) => view?.hash !== hash)
    proxy.configure({ ...options, listener: '    idle-timeout: 9m\n' })
    await eventually(() => proxy.log.some((line) => line.includes('configuration went live')), 'a reload')
    void proxy.ask({ end: 'now' })
    await eventually(() => proxy.log.some((line) => line.includes('worker was replaced')), 'another worker')
    await proxy.askUntil('you')
    expect(await proxy.ask()).not.toContain('tag=')
    expect((await proxy.plugins()).find(({ name }) => name === 'tag')?.state).toBe('disabled')
    expect((await proxy.post('/plugins/enable', 'tag')).status).toBe(200)
    expect(await proxy.ask()).toContain('tag=another')
  })

  it('that fails is shown with the file and the line where it did', async () => {
    const proxy = await start({
      files: {
        'tag.lua': 'local function deep() error("no luck") end\nfunction onRequest()\n  deep()\nend\n',
      },
    })
    expect(await proxy.ask()).toContain('the plugin tag failed')
    await proxy.pluginUntil('tag', (view) => /tag\.lua:1: no luck/.test(view?.lastFailure?.message ?? ''))
    proxy.save('tag.lua', tagging('one'))
    await proxy.askUntil('tag=one')
    await proxy.pluginUntil('tag', (view) => view?.lastFailure === null)
  })

  it('is heard by weir plugin logs, and so is why its calls failed', async () => {
    const source =
      'function onRequest(metadata)\n  log.debug("seen", metadata.get("caller"))\n' +
      '  if metadata.get("caller") == "bad" then error("no luck") end\nend\n'
    const proxy = await start({ files: { 'tag.lua': source } })
    await proxy.ask({ caller: 'good' })
    await proxy.ask({ caller: 'bad' })
    // A worker that others keep from answering in time has said nothing yet.
    await eventually(async () => (await proxy.get('/plugins/tag/logs')).includes('no luck'), 'it is heard')
    const { stdout } = await run(process.execPath, [MAIN, 'plugin', 'logs', 'tag', '--admin', proxy.admin])
    expect(stdout).toMatch(
      /^[0-9:.]+ debug \[0\] seen\\u0009good\n[0-9:.]+ debug \[0\] seen\\u0009bad\n[0-9:.]+ error \[0\] tag\.lua:3: no luck\n/,
    )
    const logs = run(process.execPath, [MAIN, 'plugin', 'logs', 'tga', '--admin', proxy.admin])
    await expect(logs).rejects.toMatchObject({
      code: 1,
      stderr: 'there is no plugin "tga", did you mean "tag"? (known: tag)\n',
    })
  })

  it('is shown with the fuel of its calls and the memory it takes', async () => {
    const proxy = await start({ files: { 'tag.lua': tagging('one') } })
    for (let i = 0; i < 4; i++) await proxy.ask()
    const [tag] = await proxy.plugins()
    expect(tag?.fuelP50).toBeGreaterThan(500)
    expect(tag?.fuelP99).toBeGreaterThanOrEqual(tag?.fuelP50 ?? 0)
    expect(tag?.memoryBytes).toBeGreaterThan(1_000_000)
    expect(await proxy.metric('weir_plugin_call_fuel_count{plugin="tag"}')).toBe(4)
    expect(await proxy.metric('weir_plugin_memory_bytes{plugin="tag"}')).toBe(tag?.memoryBytes)
    proxy.remove('tag.lua')
    await proxy.pluginUntil('tag', (view) => view === undefined)
    await eventually(
      async () => (await proxy.metric('weir_plugin_memory_bytes{plugin="tag"}')) === 0,
      'its memory is given back',
    )
  })

  it('is measured beside everything else, in the format of Prometheus and in words that stand in a README', async () => {
    const filters =
      '    filters: [metrics, { rate-limit: { tokens: 9, every: 1s } }, { access-log: { path: /dev/null } }, router]'
    const source = 'function onRequest(metadata) counter("seen") log("x") end'
    const proxy = await start({ files: { 'tag.lua': source }, listener: filters })
    await proxy.ask()
    expect(await proxy.metric('weir_plugin_counted_total')).toBe(1)
    expect(await proxy.metric('weir_requests_total')).toBe(1)
    expect(metricsFaults(await proxy.get('/metrics'))).toEqual([])
  })

  it('is shown beside everything else with the keys that the README of the admin API names', async () => {
    const proxy = await start({ files: { 'tag.lua': tagging('one') } })
    const readme = readFileSync(
      join(import.meta.dirname, '..', '..', '..', 'core', 'admin', 'README.md'),
      'utf8',
    )
    const keys = (...path: readonly string[]) => Object.keys(firstAt(answers, path) ?? {}).toSorted()
    const named = (where: RegExp) => where.exec(readme)?.[1]?.split(/,\s+/).toSorted()
    const pages = ['plugins', 'listeners', 'clusters', 'config'] as const
    const answers = Object.fromEntries(
      await Promise.all(
        pages.map(
          async (page): Promise<[string, unknown]> => [page, JSON.parse(await proxy.get(`/${page}`))],
        ),
      ),
    )
    expect(keys('plugins', 'plugins')).toEqual(named(/"plugins": \[\{([^}]+)\}/))
    expect(keys('listeners', 'listeners')).toEqual(named(/"listeners": \[\{([^}]+)\}/))
    expect(keys('clusters', 'clusters')).toEqual(named(/"clusters": \[\{([^}]+)\}/))
    expect(keys('clusters', 'clusters', 'endpoints')).toEqual(named(/An endpoint has `([^`]+)`/))
    expect(keys('config')).toEqual(named(/`\{(file, version[^{]*lastAttempt)/))
    expect(keys('listeners', 'workers')).toEqual(named(/`workers` lists them all, `\{([^}]+)\}`/))
  })

  it('is checked by weir validate', async () => {
    const proxy = await start({ files: { 'tag.lua': 'function (' } })
    await expect(run(process.execPath, [MAIN, 'validate', proxy.configFile])).rejects.toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/tag\.lua:1: /),
    })
  })

  it('serves from the next call on, save after save, when it is large too', async () => {
    const proxy = await start({ files: { 'tag.lua': tagging('v0') } })
    for (let i = 1; i <= 5; i++) {
      proxy.save('tag.lua', `${tagging(`v${i}`)}--${'x'.repeat(100_000)}\n`)
      await proxy.askUntil(`tag=v${i}`)
      expect(await proxy.ask()).toContain(`tag=v${i}`)
    }
  })
})
