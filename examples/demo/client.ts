/**
 * Client: a Dubbo consumer with one connection and many calls in flight. It connects when it is first used and
 * again after the connection was lost; a call never waits longer than its timeout.
 */
import { connect, type Socket } from 'node:net'
import { errorMessage } from '../../sdk/error-message.ts'
import { type Frame, heartbeatReply, readFrames, requestFrame, STATUS_OK } from './frame.ts'
import { HessianReader, hessianMap, hessianString } from './hessian.ts'
import { DEMO_INTERFACE, DUBBO_VERSION } from './service.ts'

const CALL_TIMEOUT_MS = 3_000

export interface Call {
  readonly method: string
  readonly argument: string
  readonly attachments?: Readonly<Record<string, string>>
  /** Default: the demo's own interface. */
  readonly service?: string
}

export type CallOutcome =
  | {
      readonly kind: 'value'
      readonly text: string
      readonly attachments: Readonly<Record<string, string>>
      readonly ms: number
    }
  /** An answer with another status than OK: what a Dubbo consumer throws. */
  | { readonly kind: 'error'; readonly status: number; readonly text: string; readonly ms: number }
  /** No answer: the connection was refused or lost, or the time was up. */
  | { readonly kind: 'failed'; readonly text: string; readonly ms: number }

interface Waiting {
  readonly startedMs: number
  readonly timer: NodeJS.Timeout
  readonly settle: (outcome: CallOutcome) => void
}

export class DemoClient {
  readonly #host: string
  readonly #port: number
  readonly #timeoutMs: number
  readonly #waiting = new Map<bigint, Waiting>()
  #socket: Socket | undefined = undefined
  #nextId = 1n

  constructor(host: string, port: number, timeoutMs = CALL_TIMEOUT_MS) {
    this.#host = host
    this.#port = port
    this.#timeoutMs = timeoutMs
  }

  /** Calls and answers with what came of it; never rejects. */
  call(call: Call): Promise<CallOutcome> {
    const id = this.#nextId++
    return new Promise((settle) => {
      const late = () => this.#fail(id, `no answer within ${this.#timeoutMs} ms`)
      const timer = setTimeout(late, this.#timeoutMs)
      this.#waiting.set(id, { startedMs: performance.now(), timer, settle })
      this.#connected().write(requestFrame(id, requestBody(call)))
    })
  }

  close(): void {
    this.#socket?.destroy()
    this.#failAll('the client was closed')
  }

  #connected(): Socket {
    if (this.#socket !== undefined) return this.#socket
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true })
    this.#socket = socket
    let reason = 'the connection was closed'
    socket.on('error', (error: NodeJS.ErrnoException) => {
      reason = error.code === 'ECONNREFUSED' ? `nobody listens on ${this.#host}:${this.#port}` : error.message
    })
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined
      this.#failAll(reason)
    })
    readFrames(socket, (frame) => this.#receive(socket, frame))
    return socket
  }

  #receive(socket: Socket, frame: Frame): void {
    if (frame.request) {
      if (frame.event && frame.twoWay) socket.write(heartbeatReply(frame.id))
      return
    }
    const waiting = this.#waiting.get(frame.id)
    if (waiting === undefined) return
    this.#settle(frame.id, outcomeOf(frame, performance.now() - waiting.startedMs))
  }

  #fail(id: bigint, text: string): void {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return
    this.#settle(id, { kind: 'failed', text, ms: performance.now() - waiting.startedMs })
  }

  #failAll(text: string): void {
    for (const id of [...this.#waiting.keys()]) this.#fail(id, text)
  }

  #settle(id: bigint, outcome: CallOutcome): void {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return
    this.#waiting.delete(id)
    clearTimeout(waiting.timer)
    waiting.settle(outcome)
  }
}

function requestBody(call: Call): Buffer {
  const service = call.service ?? DEMO_INTERFACE
  return Buffer.concat([
    hessianString(DUBBO_VERSION),
    hessianString(service),
    hessianString('0.0.0'),
    hessianString(call.method),
    hessianString('Ljava/lang/String;'),
    hessianString(call.argument),
    hessianMap({ path: service, interface: service, version: '0.0.0', ...call.attachments }),
  ])
}

/** A result begins with its type, 0x90 and up: exception, value, null, then the same three with attachments. */
function outcomeOf(frame: Frame, ms: number): CallOutcome {
  try {
    const reader = new HessianReader(frame.body)
    if (frame.status !== STATUS_OK) return { kind: 'error', status: frame.status, text: reader.string(), ms }
    const type = reader.byte() - 0x90
    if (type === 0 || type === 3) return { kind: 'error', status: frame.status, text: 'an exception', ms }
    const text = type === 1 || type === 4 ? reader.string() : 'null'
    return { kind: 'value', text, attachments: type >= 3 ? reader.map() : {}, ms }
  } catch (error) {
    return {
      kind: 'failed',
      text: `unreadable answer: ${errorMessage(error)}`,
      ms,
    }
  }
}
