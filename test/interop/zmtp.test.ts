/** The ZMTP plugin between sockets of a real libzmq, each in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { afterEach, expect, it } from 'vitest'
import { eventually, type JsonObject } from './peers.ts'
import { cluster, Weir } from './weir.ts'

const PROGRAM = new URL('zmtp-peer.py', import.meta.url).pathname
const PYTHON = '/usr/bin/python3'

class ZmtpPeer {
  readonly lines: string[] = []
  readonly #child: ChildProcess

  constructor(kind: string, port: number | undefined, script: string, ...more: readonly string[]) {
    const where = port === undefined ? ['bind', '0'] : ['connect', `${port}`]
    this.#child = spawn(PYTHON, [PROGRAM, kind, ...where, script, ...more], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (this.#child.stdout !== null)
      createInterface(this.#child.stdout).on('line', (line) => this.lines.push(line))
  }

  /** Where it is bound. */
  async port(): Promise<number> {
    await this.#until(() => this.lines.length > 0)
    return Number(this.lines[0]?.split(':')[1])
  }

  /** What it said besides, once it has said everything. */
  async said(): Promise<readonly string[]> {
    await this.#until(() => this.lines.includes('end'))
    return this.lines.filter((line) => line !== 'end' && !line.startsWith('port:'))
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  async #until(condition: () => boolean): Promise<void> {
    await eventually(
      () => Promise.resolve(condition()),
      (holds) => holds,
    )
  }
}

const peers: ZmtpPeer[] = []
let weir: Weir | undefined

afterEach(async () => {
  for (const each of peers.splice(0)) each.kill()
  await weir?.close()
  weir = undefined
})

function peer(kind: string, port: number | undefined, script: string, ...more: readonly string[]): ZmtpPeer {
  const made = new ZmtpPeer(kind, port, script, ...more)
  peers.push(made)
  return made
}

/** Weir in front of whoever is bound there. */
async function before(upstream: number, more: JsonObject = {}): Promise<number> {
  const listener = {
    name: 'zmq',
    address: '127.0.0.1:0',
    protocol: 'zmtp',
    routes: [{ cluster: 'zmq' }],
    ...more,
  }
  weir = await Weir.start({ listeners: [listener], clusters: [cluster('zmq', [upstream])] })
  return weir.port('zmq')
}

it('REQ asks REP', async () => {
  const port = await before(await peer('REP', undefined, 'echo:4').port())
  const script = 'send:hello,recv,send:a|b|,recv,sendsize:300,recvsize,sendsize:2000000,recvsize'
  expect(await peer('REQ', port, script).said()).toEqual([
    'got:hello',
    'got:a|b|',
    'size:300:True',
    'size:2000000:True',
  ])
})

it('the scenario of the sample configuration: REQ sends its greetings to a ROUTER', async () => {
  const port = await before(await peer('ROUTER', undefined, 'route:10').port())
  const script = Array.from({ length: 10 }, (_, n) => `send:Hello ${n},recv`).join(',')
  expect(await peer('REQ', port, script).said()).toEqual(
    Array.from({ length: 10 }, (_, n) => `got:routed Hello ${n}`),
  )
})

it('several REQ at once have each their own answers', async () => {
  const port = await before(await peer('ROUTER', undefined, 'route:60').port())
  const all = Array.from({ length: 3 }, (_, who) =>
    peer('REQ', port, Array.from({ length: 20 }, (_, n) => `send:${who}-${n},recv`).join(',')),
  )
  for (const [who, each] of all.entries())
    expect(await each.said()).toEqual(Array.from({ length: 20 }, (_, n) => `got:routed ${who}-${n}`))
})

it('DEALER and ROUTER speak as they like', async () => {
  const port = await before(await peer('DEALER', undefined, 'recv,recv,send:x,send:y|z,send:w').port())
  expect(await peer('DEALER', port, 'send:one,send:two|three,recv,recv,recv').said()).toEqual([
    'got:x',
    'got:y|z',
    'got:w',
  ])
  expect(peers[0]?.lines.slice(1, 3)).toEqual(['got:one', 'got:two|three'])
})

it('PUSH is pulled, in either direction', async () => {
  const pull = peer('PULL', undefined, 'recv,recv')
  const port = await before(await pull.port())
  peer('PUSH', port, 'send:a,send:b')
  expect(await pull.said()).toEqual(['got:a', 'got:b'])
  await weir?.close()
  const back = await before(await peer('PUSH', undefined, 'send:c,send:d,wait:60000').port())
  expect(await peer('PULL', back, 'recv,recv').said()).toEqual(['got:c', 'got:d'])
})

it('SUB hears from PUB what it subscribed to', async () => {
  const publish = Array.from({ length: 600 }, () => 'wait:100,send:news hi,send:other no').join(',')
  const port = await before(await peer('PUB', undefined, publish).port())
  expect(await peer('SUB', port, 'topic:news,recv,recv').said()).toEqual(['got:news hi', 'got:news hi'])
})

it('heartbeats are answered, and a connection without other traffic stays', async () => {
  const port = await before(await peer('REP', undefined, 'echo:1', '--ping').port())
  expect(await peer('REQ', port, 'wait:1500,send:still there,recv', '--ping').said()).toEqual([
    'got:still there',
  ])
  expect(await weir?.metric('weir_listener_connections_total')).toBe(1)
})

it('a REQ that is refused or limited is told so, and asks on', async () => {
  const port = await before(await peer('REP', undefined, 'echo:2').port(), {
    routes: [
      { match: { 'frame.1': { prefix: 'forbidden' } }, refuse: { text: 'not this' } },
      { cluster: 'zmq' },
    ],
  })
  expect(await peer('REQ', port, 'send:a,recv,send:forbidden x,recv,send:b,recv').said()).toEqual([
    'got:a',
    'got:ERR weir: denied: not this',
    'got:b',
  ])
})

it('a REQ whose upstream dies is told so, and finds the next one', async () => {
  const first = peer('REP', undefined, 'recv,wait:300000')
  const port = await before(await first.port())
  const asking = peer('REQ', port, 'send:lost,recv')
  await eventually(
    () => Promise.resolve(first.lines),
    (lines) => lines.includes('got:lost'),
  )
  first.kill()
  expect(await asking.said()).toEqual([expect.stringContaining('got:ERR weir: upstream_reset')])
})
