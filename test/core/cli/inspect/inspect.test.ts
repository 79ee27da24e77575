import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { runCli } from '../../../../core/cli/cli.ts'
import { loadBuiltIns } from '../../../../core/plugin/built-ins.ts'
import { DemoClient } from '../../../../examples/demo/client.ts'
import { startService } from '../../../../examples/demo/service.ts'
import { frames } from '../../../plugins/dubbo/frames.ts'
import { eventually, PATIENCE_MS } from '../../../support/eventually.ts'
import { FakeHost } from '../fake-host.ts'
import { pcap, pcapng, SERVICE_PORT, type Segment } from './capture.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-inspect-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

class InspectHost extends FakeHost {
  override loadPlugins() {
    return loadBuiltIns()
  }
}

function saved(name: string, content: string | Uint8Array): string {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

async function inspect(...args: string[]) {
  const host = new InspectHost()
  const code = await runCli(['inspect', ...args], host)
  return { code, printed: host.printed, told: host.told }
}

/** What `--json` prints, of each frame the parts that are asked for. */
async function rows(file: string, ...args: string[]) {
  const { printed } = await inspect(file, '--json', ...args)
  return printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

const request = frames.find(({ kind }) => kind === 'request') ?? frames[0]
const response = frames.find(({ kind }) => kind === 'response') ?? frames[0]
const asked = Buffer.from(request?.hex ?? '', 'hex')
const answered = Buffer.from(response?.hex ?? '', 'hex')
const SUMMARY = [
  ['→', 'request', request?.id],
  ['←', 'response', response?.id],
]

function summary(
  views: readonly { readonly direction: string; readonly kind: string; readonly id: string }[],
) {
  return views.map(({ direction, kind, id }) => [direction === 'request' ? '→' : '←', kind, id])
}

test('a recording is told from what can be shown, and who reads it', async () => {
  const { code, told } = await inspect(saved('calls.weirrec', '{"weirrec":1,"listener":"é"}\n'))
  expect(code).toBe(1)
  expect(told).toContain(
    'this is a recording: weir replay sends it again, weir record test makes cases of it',
  )
})

describe('what a connection begins with', () => {
  const text = 'NEWS/1 bob\nGET a \nFOLLOW b \nLEAVE b \n'

  test.each(['newswire.codec.yaml', 'plugins/newswire.codec.lua', 'javascript/newswire.codec.js'])(
    'is a row of its own, and requests say which connection they need: %s',
    async (codec) => {
      const views = await rows(saved('news.bin', Buffer.from(text)), '--codec', `examples/newswire/${codec}`)
      expect(views.map(({ kind, operation, affinity, size }) => [kind, operation, affinity, size])).toEqual([
        ['greeting', '', '', 11],
        ['request', 'GET', '', 7],
        ['request', 'FOLLOW', 'own', 10],
        ['request', 'LEAVE', 'release', 9],
      ])
      expect(Buffer.from(views[0].bytes, 'hex').toString()).toBe('NEWS/1 bob\n')
    },
  )

  test('is seen in the table, also of a protocol that is built in', async () => {
    const shown = await inspect(
      saved('news.bin', Buffer.from(text)),
      '--codec',
      'examples/newswire/newswire.codec.yaml',
    )
    expect(shown.printed).toContain('0+6 verb · 7+1 topic\n')
    expect(shown.printed).toMatch(/greeting +11\n[\s\S]*request own +10 +FOLLOW/)
    const greeting = `ff00000000000000017f0301${Buffer.from('NULL').toString('hex').padEnd(104, '0')}`
    const ready = '04260552454144590b536f636b65742d5479706500000003524551084964656e7469747900000000'
    const views = await rows(saved('zmtp.bin', Buffer.from(greeting + ready, 'hex')), '--codec', 'zmtp')
    expect(views.map(({ kind, size }) => [kind, size])).toEqual([
      ['greeting', 64],
      ['oneway', 40],
    ])
  })
})

describe('a frame is found', () => {
  const spaced = (bytes: Buffer, size: number) =>
    bytes.toString('hex').match(new RegExp(`.{1,${size}}`, 'g')) ?? []
  const lines = (bytes: Buffer) =>
    Array.from({ length: Math.ceil(bytes.length / 16) }, (_, row) => bytes.subarray(row * 16, row * 16 + 16))
  const offset = (row: number) => (row * 16).toString(16).padStart(8, '0')
  const text = (bytes: Buffer) => bytes.toString('latin1').replace(/[^ -~]/g, '.')

  test.each([
    ['raw bytes', asked],
    ['plain hex', `# a request\n${spaced(asked, 60).join('\n')}\n`],
    [
      'xxd',
      lines(asked)
        .map((row, at) => `${offset(at)}: ${spaced(row, 4).join(' ').padEnd(39)}  ${text(row)}`)
        .join('\n'),
    ],
    [
      'hexdump -C',
      lines(asked)
        .map((row, at) => `${offset(at)}  ${spaced(row, 2).join(' ').padEnd(48)}  |${text(row)}|`)
        .join('\n'),
    ],
  ])('in %s', async (name, content) => {
    const [view, ...more] = await rows(saved(name, content))
    expect(more).toEqual([])
    expect(view).toMatchObject({ kind: 'request', id: request?.id, operation: request?.operation })
    expect(view.bytes).toBe(request?.hex)
    expect(view.fields).toContainEqual({ name: 'id', at: 4, size: 8 })
  })

  test('and shown with its properties and its bytes, fields in brackets', async () => {
    const { code, printed } = await inspect(saved('frame', asked))
    expect(code).toBe(0)
    expect(printed).toContain(`1                →  request         ${request?.id}`)
    expect(printed).toContain('      method: add\n')
    expect(printed).toContain('0000  [da bb|c2|00|')
    expect(printed).toContain('0+2 magic · 2+1 flag')
  })

  test('and on a terminal with a colour for each field, another than those of its neighbours', async () => {
    const host = new InspectHost()
    Object.assign(host, { coloured: true })
    await runCli(['inspect', saved('frame', asked)], host)
    const row = host.printed.split('\n').find((line) => line.includes('0000')) ?? ''
    const [magic, more, flag, status] = [...row.matchAll(/\x1b\[(\d+)m([0-9a-f]{2})\x1b\[0m/g)]
    expect([magic?.[2], more?.[2], flag?.[2], status?.[2]]).toEqual(['da', 'bb', 'c2', '00'])
    expect(magic?.[1]).toBe(more?.[1])
    expect(new Set([magic?.[1], flag?.[1], status?.[1]]).size).toBe(3)
  })

  test('and where nothing tells its protocol, that is to be said', async () => {
    const { code, printed } = await inspect(saved('frame', Buffer.from('nothing that anybody speaks')))
    expect(code).toBe(1)
    expect(printed).toContain('say which with --codec')
  })
})

describe('the calls of a capture', () => {
  const half = asked.length >> 1
  const [first, second] = [asked.subarray(0, half), asked.subarray(half)]
  const opening: readonly Segment[] = [
    { from: 'caller', sequence: 0xffff_fff0, syn: true },
    { from: 'service', sequence: 999, syn: true },
  ]
  const at = (offset: number) => 0xffff_fff1 + offset
  const reply: Segment = { from: 'service', sequence: 1_000, bytes: answered }

  test.each([
    ['in pcap', pcap([...opening, { from: 'caller', sequence: at(0), bytes: asked }, reply])],
    ['in pcapng', pcapng([...opening, { from: 'caller', sequence: at(0), bytes: asked }, reply])],
    [
      'out of order',
      pcap([
        ...opening,
        { from: 'caller', sequence: at(half), bytes: second },
        { from: 'caller', sequence: at(0), bytes: first },
        reply,
      ]),
    ],
    [
      'sent again, in other pieces',
      pcap([
        ...opening,
        { from: 'caller', sequence: at(0), bytes: first },
        { from: 'caller', sequence: at(0), bytes: first },
        { from: 'caller', sequence: at(half - 9), bytes: asked.subarray(half - 9) },
        reply,
      ]),
    ],
    ['without their beginning', pcap([{ from: 'caller', sequence: 5, bytes: asked }, reply])],
  ])('are put together: %s', async (name, content) => {
    expect(summary(await rows(saved(name, content)))).toEqual(SUMMARY)
  })

  test('go on behind what was not captured', async () => {
    const lost = asked.length
    const content = pcap([
      ...opening,
      { from: 'caller', sequence: at(0), bytes: asked },
      { from: 'caller', sequence: at(lost * 2), bytes: asked },
    ])
    const views = await rows(saved('lost', content))
    expect(views.map(({ kind, size }) => [kind, size])).toEqual([
      ['request', asked.length],
      ['gap', lost],
      ['request', asked.length],
    ])
  })

  test('are those of one service when its port is given', async () => {
    const content = pcap([...opening, { from: 'caller', sequence: at(0), bytes: asked }, reply])
    expect(await rows(saved('port', content), '--port', String(SERVICE_PORT))).toHaveLength(2)
    expect(await rows(saved('port', content), '--port', '9')).toHaveLength(0)
  })

  test('that are cut off or no frames are told, and the exit code is 1', async () => {
    const cut = await rows(saved('cut', asked.subarray(0, 40)))
    expect(cut).toMatchObject([{ kind: 'incomplete', size: 40 }])
    const wrong = await inspect(saved('wrong', Buffer.from([1, 2, 3])), '--codec', 'dubbo')
    expect(wrong.code).toBe(1)
    expect(wrong.printed).toContain('! magic: a frame begins with 0102 instead of dabb')
  })
})

test('live traffic passes unchanged and is shown in both directions', async () => {
  const service = await startService(0, 'demo')
  const host = new InspectHost()
  const to = `127.0.0.1:${service.port}`
  const done = runCli(['inspect', '--listen', '127.0.0.1:0', '--to', to, '--json', '--frames', '4'], host)
  await eventually(() => host.told.includes('→'), 'it listens')
  const port = Number(/127\.0\.0\.1:(\d+) →/.exec(host.told)?.[1])
  const client = new DemoClient('127.0.0.1', port, PATIENCE_MS)
  for (const tag of ['one', 'two']) {
    const outcome = await client.call({ method: 'sayHello', argument: 'you', attachments: { tag } })
    expect(outcome.kind).toBe('value')
  }
  expect(await done).toBe(0)
  const views = host.printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(views.map(({ kind }) => kind)).toEqual(['request', 'response', 'request', 'response'])
  expect(views[2].properties.tag).toBe('two')
  client.close()
  await service.close()
})

test.each([
  [[], 'name a file'],
  [['a', 'b'], 'unexpected argument "b"'],
  [['--listen', '127.0.0.1:0'], '--listen and --to go together'],
  [['a', '--format', 'hexx'], '--format is one of pcap, tcpdump, hex, raw'],
  [['a', '--port', 'x'], '--port is a whole number'],
])('weir inspect %j is refused', async (args, text) => {
  const { code, told } = await inspect(...args)
  expect(code).toBe(2)
  expect(told).toContain(text)
})

test('an unknown codec is refused with the nearest name', async () => {
  const { code, told } = await inspect('a', '--codec', 'dubo')
  expect(code).toBe(2)
  expect(told).toContain('unknown codec "dubo", did you mean "dubbo"?')
  expect(told).toContain('is named by its file: --codec DIR/dubo.codec.lua')
})
