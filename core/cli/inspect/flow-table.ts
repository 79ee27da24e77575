/**
 * FlowTable: the connections of a capture, each with its two sides put in order and decoded. Who calls is who began
 * it, or, where the beginning is not in the capture, who does not use the port that is given or the smaller one.
 */
import type { Codec, Direction } from '../../../sdk/index.ts'
import { FlowSide, type SideEvent } from './flow-side.ts'
import type { TcpSegment } from './tcp-segment.ts'
import { TcpStream } from './tcp-stream.ts'

const FLOWS_MAX = 4_096

export interface FlowEvent {
  readonly timeMs: number
  /** The caller's address and the other's. */
  readonly caller: string
  readonly service: string
  readonly direction: Direction
  readonly event: SideEvent
}

interface Flow {
  readonly caller: string
  readonly request: { readonly stream: TcpStream; readonly side: FlowSide }
  readonly response: { readonly stream: TcpStream; readonly side: FlowSide }
  timeMs: number
}

export interface FlowTableParts {
  readonly candidates: readonly Codec[]
  /** The codec when it is told. */
  readonly codec: Codec | undefined
  /** Only connections with this port, which is the service's. */
  readonly port: number | undefined
  onEvent(event: FlowEvent): void
}

export class FlowTable {
  readonly #parts: FlowTableParts
  readonly #flows = new Map<string, Flow>()

  constructor(parts: FlowTableParts) {
    this.#parts = parts
  }

  get count(): number {
    return this.#flows.size
  }

  add(segment: TcpSegment): void {
    const { port } = this.#parts
    if (port !== undefined && portOf(segment.source) !== port && portOf(segment.target) !== port) return
    const flow = this.#flow(segment)
    if (flow === undefined) return
    flow.timeMs = segment.timeMs
    const { stream, side } = segment.source === flow.caller ? flow.request : flow.response
    if (segment.syn) stream.start(segment.sequence)
    else feed(side, stream.add(segment.sequence, segment.payload))
  }

  async end(): Promise<void> {
    for (const { request, response } of this.#flows.values()) {
      for (const { stream, side } of [request, response]) {
        feed(side, stream.end())
        await side.end()
      }
    }
  }

  /** A new connection begins where an old one with the same addresses was. */
  #flow(segment: TcpSegment): Flow | undefined {
    const key = [segment.source, segment.target].sort().join(' ')
    const begins = segment.syn && !segment.ack
    const known = this.#flows.get(key)
    if (known !== undefined && !begins) return known
    if (this.#flows.size >= FLOWS_MAX) return undefined
    if (known !== undefined) this.#flows.set(`${key} ${this.#flows.size}`, known)
    const flow = this.#create(segment)
    this.#flows.set(key, flow)
    return flow
  }

  #create(segment: TcpSegment): Flow {
    const called = this.#called(segment)
    const [caller, service] = called ? [segment.source, segment.target] : [segment.target, segment.source]
    const spoken = { codec: this.#parts.codec }
    const half = (direction: Direction) => ({
      stream: new TcpStream(),
      side: new FlowSide({
        direction,
        spoken,
        candidates: this.#parts.candidates,
        onEvent: (event) => this.#parts.onEvent({ timeMs: flow.timeMs, caller, service, direction, event }),
      }),
    })
    const flow: Flow = {
      caller,
      request: half('request'),
      response: half('response'),
      timeMs: segment.timeMs,
    }
    return flow
  }

  /** Whether who sent this segment is the caller. */
  #called({ source, target, syn, ack }: TcpSegment): boolean {
    if (syn) return !ack
    if (this.#parts.port !== undefined) return portOf(target) === this.#parts.port
    return portOf(target) <= portOf(source)
  }
}

function feed(side: FlowSide, parts: ReturnType<TcpStream['add']>): void {
  for (const { bytes, missing } of parts) {
    if (missing > 0) side.gap(missing)
    // Decoders patch what they are given, and a capture is read again for what is shown.
    side.give(Buffer.from(bytes))
  }
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1))
}
