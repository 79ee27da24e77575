/** The configuration of examples/awesomerpc, with its codec in JavaScript, on real calls through a real weir. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { AwesomeCaller } from '../../support/awesome-peer.ts'
import { eventually } from '../../support/eventually.ts'
import { AwesomeExample } from './awesome-example.ts'

const CODEC = 'examples/awesomerpc/javascript/awesomerpc.codec.js'
const closers: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function start() {
  const plugins = mkdtempSync(join(tmpdir(), 'weir-awesomerpc-'))
  const file = join(plugins, 'awesomerpc.codec.js')
  copyFileSync(CODEC, file)
  closers.push(() => rmSync(plugins, { recursive: true, force: true }))
  const example = await AwesomeExample.start(plugins)
  closers.push(() => example.stop())
  return { example, proxy: example.proxy, file, open: () => example.open() }
}

/** Processes that weir has started for the codec. */
function codecProcesses(weir: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(
      (pid) => pid > 0 && parentOf(pid) === weir && textOf(pid, 'cmdline').includes('weir-js-awesomerpc'),
    )
}

function parentOf(pid: number): number {
  return Number(textOf(pid, 'stat').split(') ')[1]?.split(' ')[1])
}

/** Nothing of one that has ended meanwhile. */
function textOf(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch {
    return ''
  }
}

test('routes by command, limits, changes the code on the way and answers with errors of the protocol', async () => {
  const { example } = await start()
  await example.expectAllOfIt()
})

test('is replaced while it runs: new connections speak the new version, the others keep theirs', async () => {
  const { proxy, file, open } = await start()
  const before = await open()
  expect(await before.call(13)).toMatchObject({ code: 404 })
  writeFileSync(file, readFileSync(CODEC, 'utf8').replace('route_not_found: 404', 'route_not_found: 4040'))
  await eventually(async () => {
    const caller = await AwesomeCaller.open(proxy.listenPort)
    const reply = await caller.call(13)
    caller.close()
    return reply?.code === 4040
  }, 'a new connection speaks the new version')
  expect(await before.call(13)).toMatchObject({ code: 404 })
  expect(await before.call(1, 'still')).toMatchObject({ body: 'first:1:still' })
})

test.runIf(process.platform === 'linux')(
  'loses the connections whose process is killed, says why, and serves the next',
  async () => {
    const { proxy, open } = await start()
    const caller = await open()
    expect(await caller.call(1, 'hello')).toMatchObject({ body: 'first:1:hello' })
    const killed = codecProcesses(proxy.pid)
    expect(killed.length).toBeGreaterThan(0)
    for (const pid of killed) process.kill(pid, 'SIGSTOP')
    const waiting = caller.call(1, 'in it')
    for (const pid of killed) process.kill(pid, 'SIGKILL')
    expect(await waiting).toBeUndefined()
    await eventually(() => caller.closed, 'the connection ends')
    const logs = `http://127.0.0.1:${proxy.adminPort}/plugins/awesomerpc.codec/logs`
    await eventually(async () => (await (await fetch(logs)).text()).includes('SIGKILL'), 'the log says why')
    expect(await (await open()).call(1, 'next')).toMatchObject({ body: 'first:1:next' })
    expect(codecProcesses(proxy.pid)).not.toEqual(killed)
  },
)
