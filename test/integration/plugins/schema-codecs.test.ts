/** Declared protocols dropped into the folder: routed, changed, limited, refused and reloaded, without a line of code. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checksums } from '../../../sdk/checksum.ts'
import { AwesomeCaller, AwesomeService } from '../../support/awesome-peer.ts'
import { RawCaller, RawService } from '../../support/raw-peer.ts'
import { awesomeClusters, awesomeListener, expectAwesomeRoutes } from './awesome-routes.ts'
import { PluginProxy } from './plugin-proxy.ts'

const schemas = {
  'awesomerpc.codec.yaml': readFileSync('examples/awesomerpc/awesomerpc.codec.yaml', 'utf8'),
  'simple-line.codec.yaml': readFileSync('examples/simple-line/simple-line.codec.yaml', 'utf8'),
  'courier.codec.yaml': readFileSync('examples/courier/courier.codec.yaml', 'utf8'),
}
/** A courier's request under the id 7: `demo.Greeter/hello`, the headers caller and tag twice, a body. */
const REQUEST = Buffer.from(
  '435201000000410000000007bfce8a5600002d0c64656d6f2e4772656574657205' +
    '68656c6c6f0663616c6c65720003626f6203746167000161037461670001626869207468657265',
  'hex',
)

const closers: (() => Promise<void> | void)[] = []
let proxy: PluginProxy
let one: AwesomeService
let two: AwesomeService
let lines: RawService
let parcels: RawService

beforeAll(async () => {
  one = await AwesomeService.start('one')
  two = await AwesomeService.start('two')
  lines = await RawService.start((chunk) =>
    Buffer.from(`seen=${encodeURIComponent(chunk.toString().trim())}\r\n`),
  )
  parcels = await RawService.start(parcelReply)
  for (const service of [one, two, lines, parcels]) closers.push(() => service.close())
  proxy = await PluginProxy.start({
    files: schemas,
    listener: `${awesomeListener}
  - name: lines
    address: 127.0.0.1:0
    protocol: simple-line
    filters:
      - header-mutation: { request: { set: { via: 'weir & co' }, remove: [secret] } }
      - router
    routes: [{ match: { not: { op: nothing } }, cluster: lines }]
  - name: parcels
    address: 127.0.0.1:0
    protocol: courier
    filters:
      - header-mutation: { request: { set: { caller: alice } }, response: { set: { node: 'n2' } } }
      - router
    routes: [{ match: { operation: demo.Greeter/hello }, cluster: parcels }]`,
    clusters: `${awesomeClusters(one, two)}
  - { name: lines, endpoints: ['127.0.0.1:${lines.port}'] }
  - { name: parcels, endpoints: ['127.0.0.1:${parcels.port}'] }`,
  })
  closers.push(() => proxy.stop())
})

afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function awesomeCaller(): Promise<AwesomeCaller> {
  const caller = await AwesomeCaller.open(proxy.portOf('rpc'))
  closers.push(() => caller.close())
  return caller
}

async function rawCaller(listener: string): Promise<RawCaller> {
  const caller = await RawCaller.open(proxy.portOf(listener))
  closers.push(() => caller.close())
  return caller
}

test('awesomerpc is routed by its command, changed, limited and answered with its own errors', async () => {
  const caller = await awesomeCaller()
  await expectAwesomeRoutes(caller, one)
})

test('a sign of life is answered by weir, and a body that is too large is refused in the protocol', async () => {
  const caller = await awesomeCaller()
  const before = one.packets.length
  expect(await caller.call(0)).toMatchObject({ cmd: 0, code: 0 })
  expect(one.packets).toHaveLength(before)
  expect(await caller.call(1, 'x'.repeat(9 << 20))).toMatchObject({
    code: 400,
    body: expect.stringContaining('announced'),
  })
  expect((await caller.call(1, 'still here'))?.body).toBe('one:1:still here')
})

test('lines are changed on their way and answered in order', async () => {
  const caller = await rawCaller('lines')
  const reply = await caller.ask('op=get&secret=1&key=a%20b\r\n', '\r\n')
  expect(decodeURIComponent(reply.toString())).toBe('seen=op=get&key=a%20b&via=weir%20%26%20co\r\n')
  const error = await caller.ask('op=nothing\n', '\r\n')
  expect(error.toString()).toMatch(/^error=route_not_found&message=weir%3A%20route_not_found/)
})

test('a frame with a sum over everything goes on with its header changed and its sum right, both ways', async () => {
  const caller = await rawCaller('parcels')
  const reply = await caller.ask(REQUEST, 'hello alice')
  expect(parcels.received.includes('\x05alice')).toBe(true)
  expect(withSum(parcels.received)).toEqual(parcels.received)
  expect(reply.includes('\x04node\x00\x02n2')).toBe(true)
  expect(reply.readUInt32BE(8)).toBe(7)
  expect(withSum(reply)).toEqual(reply)
})

test('a declaration that is wrong is refused with file and line, and the good one goes on', async () => {
  proxy.save(
    'awesomerpc.codec.yaml',
    schemas['awesomerpc.codec.yaml'].replace('counts: frame', 'counts: fram'),
  )
  const reason = /awesomerpc\.codec\.yaml:14:\d+: .*did you mean "frame"\?/
  await proxy.pluginUntil('awesomerpc.codec', (view) => reason.test(view?.lastError?.message ?? ''))
  expect((await (await awesomeCaller()).call(1, 'x'))?.body).toBe('one:1:x')
})

test('new connections speak the new version, and those that are open keep theirs', async () => {
  const before = await awesomeCaller()
  expect((await before.call(13))?.code).toBe(404)
  proxy.save(
    'awesomerpc.codec.yaml',
    schemas['awesomerpc.codec.yaml'].replace('route_not_found: 404', 'route_not_found: 405'),
  )
  await proxy.pluginUntil('awesomerpc.codec', (view) => view?.state === 'live' && view.lastError === null)
  const after = await awesomeCaller()
  expect((await after.call(13))?.code).toBe(405)
  expect((await before.call(13))?.code).toBe(404)
})

/** The frame with the sum that it ought to have. */
function withSum(frame: Buffer): Buffer {
  const summed = Buffer.from(frame)
  const head = checksums.crc32c.update(0, summed, 0, 12)
  summed.writeUInt32BE(checksums.crc32c.update(head, summed, 16, summed.length), 12)
  return summed
}

/** A reply to the request under its id, that names the header `caller`. */
function parcelReply(request: Buffer): Buffer {
  const size = request.readUInt8(request.indexOf('caller') + 7)
  const at = request.indexOf('caller') + 8
  const head = Buffer.from('0000046e6f646500026e31', 'hex')
  const body = Buffer.from(`hello ${request.toString('latin1', at, at + size)}`)
  const frame = Buffer.concat([Buffer.alloc(19), head, body])
  frame.write('CR\x01\x01', 0, 'latin1')
  frame.writeUIntBE(frame.length - 7, 4, 3)
  request.copy(frame, 8, 8, 12)
  frame.writeUIntBE(head.length, 16, 3)
  return withSum(frame)
}
