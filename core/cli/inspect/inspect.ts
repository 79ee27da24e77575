/** `weir inspect`: what a capture, a dump, raw bytes or live traffic says, decoded by any codec. */
import type { Direction } from '../../../sdk/index.ts'
import type { Call, Command } from '../command.ts'
import { durationOf } from '../duration-of.ts'
import { exitCodes } from '../exit-codes.ts'
import type { CliHost } from '../host.ts'
import { WrongUsage } from '../wrong-usage.ts'
import { findCodec } from './find-codec.ts'
import { FlowSide } from './flow-side.ts'
import { type FlowEvent, FlowTable } from './flow-table.ts'
import { FrameTable } from './frame-table.ts'
import { type FrameView, frameJson, frameView } from './frame-view.ts'
import { type Input, inputFormats, readInput } from './input.ts'
import { liveFrames } from './live-frames.ts'
import { readBytes } from './read-bytes.ts'
import { tcpSegment } from './tcp-segment.ts'

export const inspectCommand: Command = {
  name: 'inspect',
  about: 'show the frames in a capture, a hex dump, raw bytes or live traffic',
  usage: 'inspect FILE | --listen ADDRESS --to ADDRESS [--codec CODEC] [--json] [--[no-]bytes]',
  options: {
    codec: { type: 'string', value: 'CODEC', about: 'a protocol, or a file NAME.codec.EXT; default auto' },
    format: {
      type: 'string',
      value: 'FORMAT',
      about: `${inputFormats.join(', ')}; default: what it looks like`,
    },
    direction: {
      type: 'string',
      value: 'SIDE',
      about: 'who sends, where the input is bytes: request (default) or response',
    },
    port: {
      type: 'string',
      value: 'PORT',
      about: 'only connections of a capture with this port, the service’s',
    },
    frames: { type: 'string', value: 'N', about: 'end after so many frames' },
    listen: { type: 'string', value: 'ADDRESS', about: 'pass on what comes here, and show it' },
    to: { type: 'string', value: 'ADDRESS', about: 'where it is passed on to' },
    for: { type: 'string', value: 'TIME', about: 'how long to listen; default: until it is stopped' },
    properties: { type: 'boolean', negatable: true, about: 'show properties; on by default' },
    bytes: { type: 'boolean', negatable: true, about: 'show bytes; on by default where the input is bytes' },
    json: { type: 'boolean', about: 'print a line of JSON for each frame' },
  },
  argument: 'FILE',
  examples: [
    [
      'weir inspect calls.pcap --port 20880',
      'the calls in a capture of tcpdump or Wireshark, with their properties',
    ],
    ['xxd frame.bin | weir inspect - --codec dubbo', 'one frame, its fields marked'],
    ['weir inspect --listen 127.0.0.1:20880 --to 10.0.0.7:20880', 'live traffic, in both directions'],
    ['weir inspect calls.pcapng --json | jq .operation', 'for programs'],
  ],
  run,
}

async function run(call: Call, host: CliHost): Promise<number> {
  const listen = call.text('listen')
  const [file, ...more] = call.arguments
  const mistake = mistakeOf(call, file, more)
  if (mistake !== undefined) throw new WrongUsage(mistake)
  const found = await findCodec(call.text('codec'), host)
  const output = new Output(call, host)
  if (listen !== undefined) {
    output.begin(call.flag('bytes') ?? false)
    const lasts = call.text('for')
    await liveFrames({
      ...found,
      host,
      listen,
      to: call.text('to') ?? '',
      forMs: lasts === undefined ? undefined : durationOf('for', lasts),
      onEvent: (event) => output.add(event),
    })
    return exitCodes.ok.code
  }
  const input = readInput(await readBytes(file ?? '-'), call.text('format'))
  output.begin(call.flag('bytes') ?? input.kind === 'bytes')
  await decodeInput(input, call, (event) => output.add(event), found)
  return output.end()
}

function mistakeOf(call: Call, file: string | undefined, more: readonly string[]): string | undefined {
  const live = call.text('listen') !== undefined || call.text('to') !== undefined
  if (live && (call.text('listen') === undefined || call.text('to') === undefined))
    return '--listen and --to go together'
  if (live && file !== undefined) return `a file and --listen exclude each other`
  if (!live && file === undefined) return 'name a file, or - for standard input'
  if (more.length > 0) return `unexpected argument "${more[0]}"`
  const format = call.text('format')
  if (format !== undefined && !inputFormats.some((each) => each === format))
    return `--format is one of ${inputFormats.join(', ')}`
  const direction = call.text('direction')
  if (direction !== undefined && direction !== 'request' && direction !== 'response')
    return '--direction is request or response'
  const wrong = ['port', 'frames'].find((name) => !/^[0-9]*$/.test(call.text(name) ?? ''))
  return wrong === undefined ? undefined : `--${wrong} is a whole number`
}

async function decodeInput(
  input: Input,
  call: Call,
  onEvent: (event: FlowEvent) => boolean,
  { codec, candidates }: Awaited<ReturnType<typeof findCodec>>,
): Promise<void> {
  if (input.kind === 'packets') {
    const port = call.text('port')
    const table = new FlowTable({
      codec,
      candidates,
      port: port === undefined ? undefined : Number(port),
      onEvent,
    })
    for (const packet of input.packets) {
      const segment = tcpSegment(packet)
      if (segment !== undefined) table.add(segment)
    }
    await table.end()
    return
  }
  const direction: Direction = call.text('direction') === 'response' ? 'response' : 'request'
  const side = new FlowSide({
    direction,
    spoken: { codec },
    candidates,
    onEvent: (event) => void onEvent({ timeMs: 0, caller: '', service: '', direction, event }),
  })
  side.give(input.bytes)
  await side.end()
}

/** Prints frames as they come, as many as are wanted. */
class Output {
  readonly #host: CliHost
  readonly #json: boolean
  readonly #properties: boolean
  readonly #framesMax: number
  #table: FrameTable | undefined = undefined
  #count = 0
  #wrong = 0

  constructor(call: Call, host: CliHost) {
    this.#host = host
    this.#json = call.flag('json') === true
    this.#properties = call.flag('properties') ?? true
    this.#framesMax = Number(call.text('frames') ?? Number.POSITIVE_INFINITY)
  }

  begin(bytes: boolean): void {
    if (this.#json) return
    const { coloured } = this.#host
    this.#table = new FrameTable({ coloured, properties: this.#properties, bytes })
    this.#host.out(this.#table.head)
  }

  /** Whether more are wanted. */
  add(event: FlowEvent): boolean {
    if (this.#count >= this.#framesMax) return false
    const view = frameView(++this.#count, event)
    if (event.event.kind === 'malformed') this.#wrong++
    this.#host.out(this.#text(view))
    return this.#count < this.#framesMax
  }

  /** The exit code: bytes that no codec understands are a failure. */
  end(): number {
    if (this.#count === 0) this.#host.err('weir inspect: there is no frame\n')
    return this.#wrong > 0 || this.#count === 0 ? exitCodes.failed.code : exitCodes.ok.code
  }

  #text(view: FrameView): string {
    return this.#table === undefined ? `${frameJson(view)}\n` : this.#table.add(view)
  }
}
