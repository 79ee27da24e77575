/** A plugin in JavaScript in a running weir: as those of other languages, and its processes come and go with it. */
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { startedProxies } from './started-proxies.ts'

let nth = 0

const start = startedProxies()

function tagging(value: string): string {
  return `export function onRequest(metadata, mutation) {\n  mutation.set('tag', '${value}')\n}\n`
}

/** A name that no other process has. */
function ownName(): string {
  return `own-${process.pid}-${++nth}`
}

/** Processes that run the plugin, wherever they have got to. */
function processesOf(name: string): readonly number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'latin1')
        return line.includes(`weir-js-${name}.js`) && !line.includes('vitest')
      } catch {
        return false
      }
    })
    .map(Number)
}

function runs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') R ')
  } catch {
    return false
  }
}

describe('a JavaScript file in the folder of a running weir', () => {
  it('is in the way of the next calls, saved anew as well, and out of it when it is removed', async () => {
    const name = ownName()
    const proxy = await start()
    proxy.save(`${name}.js`, tagging('one'))
    await proxy.askUntil('tag=one')
    await eventually(() => processesOf(name).length === 1, 'it has one process')
    proxy.save(`${name}.js`, tagging('two'))
    await proxy.askUntil('tag=two')
    proxy.remove(`${name}.js`)
    await proxy.pluginUntil(name, (view) => view === undefined)
    expect(await proxy.ask()).not.toContain('tag')
    await eventually(() => processesOf(name).length === 0, 'its process is gone')
  })

  it('keeps its last good version when a save is broken, and names file and line', async () => {
    const proxy = await start({ files: { 'tag.js': tagging('one') } })
    proxy.save('tag.js', 'export function onRequest(metadata, mutation) {\n  mutation.set("tag",\n}\n')
    await proxy.pluginUntil('tag', (view) => /tag\.js:3: SyntaxError/.test(view?.lastError?.message ?? ''))
    expect(await proxy.ask()).toContain('tag=one')
  })

  it('that fails is shown with the file and the line where it did', async () => {
    const source =
      'function deep() {\n  throw new Error("no luck")\n}\nexport function onRequest() { deep() }\n'
    const proxy = await start({ files: { 'tag.js': source } })
    expect(await proxy.ask()).toContain('the plugin tag failed')
    const shown = /tag\.js:2: no luck[\s\S]*deep[\s\S]*onRequest/
    await proxy.pluginUntil('tag', (view) => shown.test(view?.lastFailure?.message ?? ''))
  })

  it('keeps what it remembers when something else is reloaded', async () => {
    const counting =
      'let n = 0\nexport function onRequest(metadata, mutation) {\n  mutation.set("n", String(++n))\n}\n'
    const proxy = await start({ files: { 'count.js': counting } })
    expect(await proxy.ask()).toContain('n=1')
    proxy.save('tag.js', tagging('one'))
    await proxy.askUntil('tag=one')
    const seen = Number(/n=(\d+)/.exec(await proxy.ask())?.[1])
    await proxy.post('/reload')
    expect(await proxy.ask()).toContain(`n=${seen + 1}`)
  })

  it('is back when its process is killed, and weir and its workers are the same', async () => {
    const name = ownName()
    const proxy = await start({ files: { [`${name}.js`]: tagging('one') }, workers: 2 })
    await proxy.askUntil('tag=one')
    const { pid } = proxy
    for (const process of processesOf(name)) globalThis.process.kill(process, 'SIGKILL')
    await proxy.askUntil('tag=one')
    expect([proxy.pid, proxy.running]).toEqual([pid, true])
    expect(processesOf(name).length).toBeGreaterThan(0)
  })

  it('leaves one process behind fifty saves', async () => {
    const name = ownName()
    const proxy = await start({ files: { [`${name}.js`]: tagging('v0') } })
    for (let i = 1; i <= 50; i++) {
      proxy.save(`${name}.js`, tagging(`v${i}`))
      const { status } = await proxy.post('/plugins/reload')
      expect(status).toBe(200)
      expect(await proxy.ask()).toContain(`tag=v${i}`)
    }
    await eventually(() => processesOf(name).length === 1, 'one process is left')
    expect(proxy.log.filter((line) => line.includes('its process is gone'))).toEqual([])
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)('leaves no process behind a %s', async (signal) => {
    const name = ownName()
    const proxy = await start({ files: { [`${name}.js`]: tagging('one') }, workers: 2 })
    await proxy.askUntil('tag=one')
    await eventually(() => processesOf(name).length === 2, 'each worker has a process')
    globalThis.process.kill(proxy.pid ?? 0, signal)
    await eventually(() => processesOf(name).length === 0, 'no process is left')
  })

  it('leaves no process behind that is stuck when weir is killed', async () => {
    const name = ownName()
    const stuck = 'export function onRequest() { Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1) }\n'
    const proxy = await start({ files: { [`${name}.js`]: stuck } })
    proxy.ask().catch(() => undefined)
    await eventually(() => processesOf(name).some(runs), 'it runs')
    globalThis.process.kill(proxy.pid ?? 0, 'SIGKILL')
    await eventually(() => processesOf(name).length === 0, 'no process is left')
  })

  it('runs in the worker where it is trusted, and says so', async () => {
    const name = ownName()
    const settings = `{ ${name}: { trusted: true }, tag: { trusted: true } }`
    const failing = "export function onRequest() {\n  throw new Error('no luck')\n}\n"
    const proxy = await start({
      files: { [`${name}.js`]: tagging('one') },
      plugins: `  settings: ${settings}`,
    })
    expect(await proxy.ask()).toContain('tag=one')
    expect(processesOf(name)).toEqual([])
    expect(await proxy.plugins()).toMatchObject([{ name, trusted: true }])
    proxy.save(`${name}.js`, failing)
    await proxy.askUntil(`the plugin ${name} failed`)
    const failed = `${name}.js:2: no luck`
    await proxy.pluginUntil(name, (view) => view?.lastFailure?.message.includes(failed) === true)
    proxy.save('tag.lua', 'function onRequest() end')
    await proxy.pluginUntil('tag', (view) => /trusted is for JavaScript/.test(view?.lastError?.message ?? ''))
  })

  it('is checked by weir validate, which ends', async () => {
    const { execFile } = await import('node:child_process')
    const proxy = await start({ files: { 'tag.js': tagging('one') } })
    const main = new URL('../../../core/cli/main.ts', import.meta.url).pathname
    const child = execFile(process.execPath, [main, 'validate', proxy.configFile])
    const [code] = await once(child, 'exit')
    expect(code).toBe(0)
  })
})
