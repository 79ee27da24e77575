import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DemoClient } from '../../../examples/demo/client.ts'
import { eventually, PATIENCE_MS } from '../../support/eventually.ts'
import { RawCaller } from '../../support/raw-peer.ts'

const LAUNCHER = fileURLToPath(new URL('../../../core/cli/weir.js', import.meta.url))

let folder = ''
let file = ''
const children: ChildProcess[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-supervise-'))
  file = join(folder, 'weir.yaml')
  await writeFile(file, text('demo'))
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

function text(cluster: string): string {
  return `
admin: { address: 127.0.0.1:0 }
workers: 2
drain: { timeout: 30s }
listeners:
  - name: main
    address: 127.0.0.1:0
    protocol: dubbo
    routes: [{ cluster: ${cluster} }]
  - { name: local, address: "unix:${join(folder, 'main.sock')}", protocol: dubbo, routes: [{ cluster: ${cluster} }] }
clusters:
  - { name: demo, endpoints: [127.0.0.1:1] }
`
}

/** Starts the program; `line` waits for a log line with this text and answers it. */
async function start(...more: readonly string[]) {
  const child = spawn(process.execPath, [LAUNCHER, 'run', '-c', file, '--no-watch', ...more])
  children.push(child)
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString()
  })
  const line = async (words: string) => {
    const found = () => log.includes(words) && log.endsWith('\n')
    await eventually(found, `a line with "${words}"`)
    return String(log.split('\n').find((each) => each.includes(words)))
  }
  const admin = /"admin":"([^"]+)"/.exec(await line('weir is serving'))?.[1] ?? ''
  const ask = async (path: string, init?: RequestInit): Promise<unknown> =>
    (await fetch(`http://${admin}${path}`, init)).json()
  return { child, line, ask, log: () => log }
}

/** How many processes it has started, and these in turn. */
function descendants(pid: number): number {
  const parents = readdirSync('/proc').flatMap((each) => {
    const stat = /^\d+$/.test(each) ? statOf(each) : ''
    const parent = /\) \S (\d+)/.exec(stat)?.[1]
    return parent === undefined ? [] : [[Number(each), Number(parent)] as const]
  })
  const below = (of: number): number =>
    parents.filter(([, parent]) => parent === of).reduce((sum, [id]) => sum + 1 + below(id), 0)
  return below(pid)
}

function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return ''
  }
}

describe('supervise()', () => {
  it('runs two workers on one port the system chose, the unix socket in one, and stops with 0', async () => {
    const { child, ask, line } = await start()
    expect(await ask('/listeners')).toMatchObject({
      listeners: [
        { name: 'main', workers: 2 },
        { name: 'local', workers: 1 },
      ],
      workers: [{ answered: true }, { answered: true }],
    })
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(await line('weir has stopped')).toContain('"clean":true')
  })

  it('opens its access logs anew on SIGUSR1, in every worker', async () => {
    const path = join(folder, 'access.log')
    const filters = `filters: [{ access-log: { path: ${path}, flush-interval: 10ms } }, router]`
    await writeFile(file, text('demo').replace('routes:', `${filters}\n    routes:`))
    const { child, line } = await start()
    const port = Number(/"main":"127\.0\.0\.1:(\d+)"/.exec(await line('weir is serving'))?.[1])
    const call = async () => {
      const client = new DemoClient('127.0.0.1', port, PATIENCE_MS)
      expect(await client.call({ method: 'sayHello', argument: 'x' })).toMatchObject({ kind: 'error' })
      client.close()
    }
    const linesOf = (name: string) =>
      existsSync(name) ? readFileSync(name, 'utf8').split('\n').length - 1 : 0
    let calls = 0
    for (; calls < 8; calls++) await call()
    await eventually(() => linesOf(path) === calls, 'a line for each call')
    await rename(path, `${path}.1`)
    child.kill('SIGUSR1')
    // The signal is told to the workers, one sooner than the other, and a file is opened with the next line.
    await eventually(async () => {
      const kept = linesOf(`${path}.1`)
      for (let more = 0; more < 8; more++, calls++) await call()
      await eventually(() => linesOf(path) + linesOf(`${path}.1`) === calls, 'a line for each call, in both')
      return linesOf(`${path}.1`) === kept
    }, 'nothing more in the old file')
  })

  it('tells more of its workers when the level of the log is changed, and stops with 0 on SIGINT too', async () => {
    const { child, ask, line, log } = await start()
    const port = Number(/"main":"127\.0\.0\.1:(\d+)"/.exec(await line('weir is serving'))?.[1])
    ;(await RawCaller.open(port)).close()
    await ask('/listeners')
    expect(log()).not.toContain('"level":"debug"')
    expect(await ask('/log-level', { method: 'POST', body: 'debug' })).toEqual({ level: 'debug' })
    expect(await ask('/log-level')).toEqual({ level: 'debug' })
    ;(await RawCaller.open(port)).close()
    expect(await line('a caller connected')).toMatch(/"level":"debug".*"worker":.*"peer":"127\.0\.0\.1:/)
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('keeps the last good configuration when a reload is refused, and says why', async () => {
    const { child, ask, line } = await start()
    await writeFile(file, text('nowhere'))
    child.kill('SIGHUP')
    expect(await line('configuration refused')).toContain('nowhere')
    expect(await ask('/config')).toMatchObject({ version: 1, lastAttempt: { ok: false, cause: 'signal' } })
    await writeFile(file, text('demo'))
    expect(await ask('/reload', { method: 'POST' })).toEqual({ ok: true, version: 2, changed: true })
    expect(await ask('/listeners')).toMatchObject({ workers: [{ version: 2 }, { version: 2 }] })
    expect(await ask('/config')).toMatchObject({ version: 2, lastAttempt: { ok: true, cause: 'admin' } })
  })

  it('stops without a complaint in the middle of a change of plugins', async () => {
    const plugins = join(folder, 'plugins')
    await mkdir(plugins)
    await writeFile(file, `${text('demo')}\nplugins: { dir: ${plugins} }\n`)
    const { child, ask, log } = await start()
    await writeFile(join(plugins, 'tag.js'), 'for (let i = 0; i < 5e7; i++); export function onRequest() {}')
    const before = descendants(child.pid ?? 0)
    const asked = ask('/plugins/reload', { method: 'POST' }).catch(() => undefined)
    await eventually(() => descendants(child.pid ?? 0) > before, 'a process of the plugin')
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([0, null])
    await asked
    expect(log()).toContain('weir has stopped')
    expect(log()).not.toContain('"level":"error"')
  })

  it('runs a bootstrap of Envoy as it is, with plugins from where it is told, and says once what is in vain', async () => {
    await writeFile(
      file,
      `
admin: { access_log_path: /tmp/a.log, address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
static_resources:
  listeners:
    name: lines
    address: { socket_address: { protocol: TCP, address: 127.0.0.1, port_value: 0 } }
    filter_chains: [{ filters: [{ name: sota.filters.network.simple_line }] }]
`,
    )
    const { ask, log } = await start('--plugins', 'examples/simple-line/plugins')
    const port = /127\.0\.0\.1:(\d+)/.exec(JSON.stringify(await ask('/listeners')))?.[1]
    const caller = await RawCaller.open(Number(port))
    expect((await caller.ask('key=value&key1=value1\r\n', '\r\n')).toString()).toBe(
      'key=value&key1=value1\r\n',
    )
    caller.close()
    expect(await ask('/reload', { method: 'POST' })).toMatchObject({ ok: true })
    expect(await ask('/plugins')).toMatchObject({
      plugins: [{ name: 'simple-line.codec', kind: 'lua', state: 'live', listeners: ['lines'] }],
    })
    expect(log().match(/admin\.access_log_path: it has no effect here/g)).toHaveLength(1)
  })

  it('has its ports to itself, but beside a weir that it is to take over from', async () => {
    const first = await start()
    const taken = /"main":"(127\.0\.0\.1:\d+)"/.exec(await first.line('weir is serving'))?.[1] ?? ''
    const unix = /^ {2}- { name: local.*\n/m
    await writeFile(
      file,
      text('demo').replace(unix, '').replace('address: 127.0.0.1:0\n', `address: ${taken}\n`),
    )
    const second = spawn(process.execPath, [LAUNCHER, 'run', file, '--no-watch'])
    children.push(second)
    let said = ''
    second.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    expect(await once(second, 'close')).toEqual([1, null])
    expect(said).toContain(`${file}:7:14: listeners[0].address: the listener \\"main\\" cannot be had: `)
    expect(said).toContain(`address already in use ${taken}; does another weir run?`)
    const next = await start('--take-over')
    first.child.kill('SIGTERM')
    expect(await once(first.child, 'exit')).toEqual([0, null])
    expect(await next.ask('/listeners')).toMatchObject({ listeners: [{ address: taken, workers: 2 }] })
    // A reload of one that runs binds nothing anew, and one that moves has its own ports already.
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace(taken, taken.replace('127.0.0.1', '0.0.0.0')),
    )
    expect(await next.ask('/reload', { method: 'POST' })).toMatchObject({ ok: true, changed: true })
  })

  it('fails to start with an address that is taken', async () => {
    const { ask } = await start()
    const listeners = JSON.stringify(await ask('/listeners'))
    const port = /127\.0\.0\.1:(\d+)/.exec(listeners)?.[1] ?? ''
    await writeFile(
      file,
      text('demo').replace('admin: { address: 127.0.0.1:0 }', `admin: { address: 127.0.0.1:${port} }`),
    )
    const second = spawn(process.execPath, [LAUNCHER, 'run', '-c', file, '--no-watch'])
    children.push(second)
    let said = ''
    second.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    expect(await once(second, 'close')).toEqual([1, null])
    expect(said).toContain('the admin API cannot be had: listen EADDRINUSE')
    expect(said).toContain('does another weir run?')
  })
})
