/** The configuration of examples/awesomerpc, with its codec in JavaScript, on real calls through a real weir. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { AwesomeCaller, AwesomeService } from '../../support/awesome-peer.ts'
import { eventually } from '../../support/eventually.ts'
import { ExampleProxy } from '../example-proxy.ts'

const CODEC = 'examples/awesomerpc/javascript/awesomerpc.codec.js'
const closers: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function start() {
  const [first, second] = [await AwesomeService.start('first'), await AwesomeService.start('second')]
  const plugins = mkdtempSync(join(tmpdir(), 'weir-awesomerpc-'))
  const file = join(plugins, 'awesomerpc.codec.js')
  copyFileSync(CODEC, file)
  closers.push(
    () => rmSync(plugins, { recursive: true, force: true }),
    () => first.close(),
    () => second.close(),
  )
  const at = (name: string) => `- name: ${name}\n    endpoints: [`
  const proxy = await ExampleProxy.start('examples/awesomerpc/weir.yaml', {
    './plugins': plugins,
    [at('first')]: `${at('first')}"127.0.0.1:${first.port}"] # `,
    [at('second')]: `${at('second')}"127.0.0.1:${second.port}"] # `,
  })
  closers.push(() => proxy.stop())
  const open = async () => {
    const caller = await AwesomeCaller.open(proxy.listenPort)
    closers.push(() => caller.close())
    return caller
  }
  return { first, proxy, file, open }
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
  const { first, open } = await start()
  const caller = await open()
  expect(await caller.call(1, 'hello')).toMatchObject({ body: 'first:1:hello', code: 0 })
  expect(await caller.call(2, 'you')).toMatchObject({ body: 'second:2:you', code: 0 })
  expect(first.packets).toMatchObject([{ cmd: 1, code: 5, body: 'hello' }])
  const long = 'long '.repeat(60_000)
  expect(await caller.call(1, long)).toMatchObject({ body: `first:1:${long}` })
  expect(await caller.call(13)).toMatchObject({ code: 404, cmd: 13 })
  for (let round = 0; round < 2; round++) expect((await caller.call(7))?.code).toBe(0)
  expect(await caller.call(7)).toMatchObject({ code: 429, body: expect.stringContaining('dear') })
  expect(await caller.call(0)).toMatchObject({ cmd: 0, code: 0 })
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
