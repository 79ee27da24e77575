/**
 * HttpCall: one request of HTTP/1.1 to one endpoint, and what came of it, told exactly once: an answer within its limits,
 * or why there is none. Names and values are bytes on the wire, as everywhere in weir (sdk/abi/text.ts).
 */
import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import { readText, textBytes } from '../../sdk/abi/text.ts'
import { errorText } from '../base/error-text.ts'
import type { Address } from '../net/address.ts'
import { request as httpRequest } from './http-client.ts'

/** What is sent: `:method`, `:path` and `:authority` beside the headers. */
export interface CallRequest {
  readonly properties: readonly (readonly [key: string, value: string])[]
  readonly body: Buffer | undefined
}

/** What came back: `:status` and the headers, their names in lower case. */
export interface CallReply extends CallRequest {
  readonly status: number
}

/** `unsent`: nothing of it has reached the endpoint. `stale`: the connection had been kept too long. */
export type CallEnd =
  | { readonly kind: 'reply'; readonly reply: CallReply }
  | { readonly kind: 'unsent' | 'stale' | 'failed' | 'refused'; readonly text: string }

export interface CallLimits {
  readonly agent: Agent
  readonly bodyBytesMax: number
}

/** What connects two peers and no further is not for a guest to say. */
const HEADERS_REFUSED = [
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]
/** May be sent once more when a kept connection turns out to be closed (RFC 9110 §9.2.2). */
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']

export class HttpCall {
  readonly #onEnd: (end: CallEnd) => void
  readonly #limits: CallLimits
  readonly #method: string
  #request: ClientRequest | undefined = undefined
  #ended = false

  /** Begins at once; `onEnd` may be called before this returns. */
  constructor(target: Address, call: CallRequest, limits: CallLimits, onEnd: (end: CallEnd) => void) {
    this.#onEnd = onEnd
    this.#limits = limits
    this.#method = pseudo(call, ':method') ?? (call.body === undefined ? 'GET' : 'POST')
    try {
      this.#request = this.#begin(target, call)
    } catch (error) {
      // A name or a value that is none of HTTP's.
      this.#end({ kind: 'refused', text: errorText(error) })
    }
  }

  /** Whether a connection is still being made. */
  get connecting(): boolean {
    return this.#request?.socket?.connecting ?? this.#request?.socket === null
  }

  /** Nobody waits any more. */
  cancel(): void {
    this.#ended = true
    this.#request?.destroy()
  }

  #begin(target: Address, call: CallRequest): ClientRequest {
    const authority = pseudo(call, ':authority') ?? (target.kind === 'tcp' ? hostOf(target) : 'localhost')
    const request = httpRequest({
      agent: this.#limits.agent,
      ...(target.kind === 'unix' ? { socketPath: target.path } : { host: target.host, port: target.port }),
      method: this.#method,
      path: wire(pseudo(call, ':path') ?? '/'),
      headers: [...headersOf(call), 'Host', authority, ...sizeOf(call.body, this.#method)],
    })
    request.on('response', (response) => this.#receive(response))
    request.on('upgrade', (_response, socket) => {
      socket.destroy()
      this.#end({ kind: 'failed', text: 'it wants to speak another protocol' })
    })
    request.on('error', (error) => this.#failed(request, error))
    request.on('close', () => this.#end({ kind: 'failed', text: 'it closed without an answer' }))
    request.end(call.body)
    return request
  }

  #receive(response: IncomingMessage): void {
    const { bodyBytesMax } = this.#limits
    const chunks: Buffer[] = []
    let size = 0
    response.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= bodyBytesMax) {
        chunks.push(chunk)
        return
      }
      this.#end({ kind: 'failed', text: `the answer has more than ${bodyBytesMax} bytes` })
      response.destroy()
    })
    response.on('error', (error) => this.#end({ kind: 'failed', text: error.message }))
    response.on('end', () => {
      const status = response.statusCode ?? 0
      const properties: [string, string][] = [
        [':status', String(status)],
        ...propertiesOf(response.rawHeaders),
      ]
      this.#end({ kind: 'reply', reply: { status, properties, body: Buffer.concat(chunks) } })
    })
  }

  #failed(request: ClientRequest, error: Error): void {
    const { message: text } = error
    if ('syscall' in error && error.syscall === 'connect') this.#end({ kind: 'unsent', text })
    else if (request.reusedSocket && IDEMPOTENT.includes(this.#method)) this.#end({ kind: 'stale', text })
    else this.#end({ kind: 'failed', text })
  }

  #end(end: CallEnd): void {
    if (this.#ended) return
    this.#ended = true
    this.#onEnd(end)
  }
}

function pseudo(call: CallRequest, name: string): string | undefined {
  return call.properties.find(([key]) => key === name)?.[1]
}

function headersOf({ properties }: CallRequest): readonly string[] {
  return properties.flatMap(([key, value]) => {
    if (key.startsWith(':')) return []
    if (HEADERS_REFUSED.includes(key.toLowerCase()))
      throw new Error(`a call out may not set the header ${key}`)
    return [wire(key), wire(value)]
  })
}

function sizeOf(body: Buffer | undefined, method: string): readonly string[] {
  if (body !== undefined) return ['Content-Length', String(body.length)]
  return IDEMPOTENT.includes(method) ? [] : ['Content-Length', '0']
}

/** Node writes headers as Latin-1, which is one byte a character. */
function wire(text: string): string {
  return textBytes(text).toString('latin1')
}

function propertiesOf(raw: readonly string[]): [string, string][] {
  const properties: [string, string][] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const value = Buffer.from(raw[i + 1] ?? '', 'latin1')
    properties.push([(raw[i] ?? '').toLowerCase(), readText(value, 0, value.length)])
  }
  return properties
}

function hostOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
