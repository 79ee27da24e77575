/**
 * Bootstrap files of Envoy's as people have them: two servers that have no upstream, on the ports that their files name. A
 * real libzmq asks one, and sockets of Python the other.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, expect, it } from 'vitest'
import { Weir } from './weir.ts'

const run = promisify(execFile)
const PYTHON = '/usr/bin/python3'
const PEER = new URL('zmtp-peer.py', import.meta.url).pathname
/** Sends its argument, and prints what comes back until that has as many lines. */
const LINES = `
import socket, sys
sent = sys.argv[1].encode()
with socket.create_connection(("127.0.0.1", 8888), 10) as s:
    s.sendall(sent)
    got = b""
    while got.count(b"\\n") < sent.count(b"\\n"):
        chunk = s.recv(4096)
        if not chunk: break
        got += chunk
print(repr(got))
`

let weir: Weir | undefined

afterEach(async () => {
  await weir?.close()
  weir = undefined
})

function bootstrap(filter: string): string {
  return `static_resources:
  listeners:
  - name: tcp
    address:
      socket_address:
        protocol: TCP
        address: 0.0.0.0
        port_value: 8888
    filter_chains:
    - filters:
      - name: ${filter}
`
}

async function zmtp(socket: string, script: string): Promise<readonly string[]> {
  const { stdout } = await run(PYTHON, [PEER, socket, 'connect', '8888', script])
  return stdout.trim().split('\n')
}

it('the server of ZeroMQ answers REQ, DEALER and PAIR with their messages, whatever their size', async () => {
  weir = await Weir.run(bootstrap('sota.filters.network.zmq'), { workers: 2 })
  const script = 'send:Hello 0,recv,send:a|b|,recv,sendsize:300,recvsize,sendsize:2000000,recvsize'
  expect(await zmtp('REQ', script)).toEqual([
    'got:Hello 0',
    'got:a|b|',
    'size:300:True',
    'size:2000000:True',
    'end',
  ])
  expect(await zmtp('DEALER', 'send:x,send:|y,recv,recv')).toEqual(['got:x', 'got:|y', 'end'])
  expect(await zmtp('PAIR', 'send:z,recv')).toEqual(['got:z', 'end'])
  const many = Array.from({ length: 4 }, (_, who) =>
    zmtp('REQ', Array.from({ length: 25 }, (_, n) => `send:${who}-${n},recv`).join(',')),
  )
  for (const [who, lines] of (await Promise.all(many)).entries())
    expect(lines).toEqual([...Array.from({ length: 25 }, (_, n) => `got:${who}-${n}`), 'end'])
})

it('the server of simple lines answers each line with itself', async () => {
  const typed = `        typed_config:
          "@type": type.sota.com/sota.filters.network.simple
          protocol: raw
`
  weir = await Weir.run(`${bootstrap('sota.filters.network.simple_line')}${typed}`, { workers: 2 })
  const lines = 'key=value&key1=value1\\r\\nhello\\na=1\\r\\n'
  const { stdout } = await run(PYTHON, ['-c', LINES, lines.replaceAll('\\r', '\r').replaceAll('\\n', '\n')])
  expect(stdout.trim()).toBe(`b'${lines}'`)
})
