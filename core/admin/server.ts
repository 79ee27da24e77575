/**
 * AdminServer: the admin API over HTTP, in the main thread. It answers requests that name the host they think they
 * talk to, so that a web page elsewhere cannot reach it by pointing a name of its own here; bodies, headers,
 * connections and times are bounded.
 */
import { rm } from 'node:fs/promises'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import type { Log } from '../../sdk/index.ts'
import { nearest } from '../../sdk/nearest.ts'
import { errorText } from '../base/error-text.ts'
import { formatHostPort, parseAddress } from '../net/address.ts'
import { type Answer, problem } from './answer.ts'
import { endpointAt, endpoints, methodsOf } from './endpoints.ts'
import { createServer } from './http.ts'
import type { AdminSource } from './source.ts'

const CONNECTIONS_MAX = 64
const HEADERS_COUNT_MAX = 64
const HEADERS_BYTES_MAX = 8_192
const BODY_BYTES_MAX = 1_024
const REQUEST_MS = 10_000
const IDLE_MS = 30_000
/** How often it is looked for requests that take too long: Node would every 30 s. */
const LOOKS_PER_REQUEST = 10

export interface AdminServerParts {
  readonly source: AdminSource
  readonly log: Log
  /** How long a request may take to come; default: {@link REQUEST_MS}. */
  readonly requestMs?: number
  /** How long a connection may stand still, answers that nobody reads included; default: {@link IDLE_MS}. */
  readonly idleMs?: number
}

export class AdminServer {
  readonly #server: Server
  readonly #source: AdminSource
  readonly #log: Log
  /** Names, beside addresses, under which the server may be asked. */
  readonly #names: readonly string[]
  #address = ''

  private constructor(parts: AdminServerParts, names: readonly string[]) {
    const { source, log, requestMs = REQUEST_MS, idleMs = IDLE_MS } = parts
    this.#source = source
    this.#log = log
    this.#names = names
    this.#server = createServer(
      {
        maxHeaderSize: HEADERS_BYTES_MAX,
        requestTimeout: requestMs,
        headersTimeout: requestMs,
        connectionsCheckingInterval: requestMs / LOOKS_PER_REQUEST,
      },
      (request, response) => void this.#serve(request, response),
    )
    this.#server.maxConnections = CONNECTIONS_MAX
    this.#server.maxHeadersCount = HEADERS_COUNT_MAX
    this.#server.keepAliveTimeout = idleMs
    this.#server.timeout = idleMs
  }

  /** Listens on `host:port`, `[v6]:port` or `unix:/path`. Rejects when the address cannot be had. */
  static async open(address: string, parts: AdminServerParts): Promise<AdminServer> {
    const target = parseAddress(address)
    if (typeof target === 'string') throw new Error(target)
    if (target.kind === 'unix') {
      const server = new AdminServer(parts, ['localhost'])
      await rm(target.path, { force: true })
      await server.#listen({ path: target.path })
      server.#address = address
      return server
    }
    const server = new AdminServer(parts, ['localhost', target.host])
    await server.#listen({ host: target.host, port: target.port })
    const bound = server.#server.address()
    const port = typeof bound === 'object' && bound !== null ? bound.port : target.port
    server.#address = formatHostPort(target.host, port)
    return server
  }

  /** Where it listens, with the port that the system chose. */
  get address(): string {
    return this.#address
  }

  /** Ends at once what is idle, and waits for answers on their way no longer than a moment. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    const late = setTimeout(() => this.#server.closeAllConnections(), REQUEST_MS / 10)
    await closed
    clearTimeout(late)
  }

  #listen(
    where: { readonly path: string } | { readonly host: string; readonly port: number },
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        const taken = 'code' in error && error.code === 'EADDRINUSE'
        const advice = taken ? '; does another weir run? Stop it, or change admin.address' : ''
        reject(new Error(`the admin API cannot be had: ${errorText(error)}${advice}`, { cause: error }))
      })
      this.#server.listen(where, () => {
        this.#server.removeAllListeners('error')
        this.#server.on('error', (error) => this.#log.error('admin failed', { error }))
        resolve()
      })
    })
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      send(request, response, await this.#answer(request))
    } catch (error) {
      this.#log.error('an admin request failed', { url: request.url, error })
      send(request, response, problem(500, 'failed', 'the request failed; the log says why'))
    }
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    if (!this.#known(request.headers.host)) {
      return problem(
        403,
        'unknown_host',
        'ask under an address of this machine, or the name in admin.address',
      )
    }
    if (fromAnotherSite(request.headers)) {
      return problem(403, 'cross_site', 'pages of other sites may not ask here')
    }
    const [path = '/'] = (request.url ?? '/').split('?', 1)
    const found = endpointAt(path)
    if (found === undefined)
      return problem(404, 'not_found', `there is no such path${meant(path)}; / lists all`)
    const { endpoint, name } = found
    if (request.method === 'GET' || request.method === 'HEAD') {
      if (endpoint.read !== undefined) return await endpoint.read(this.#source, '', name)
    } else if (request.method === 'POST' && endpoint.change !== undefined) {
      const body = await bodyOf(request)
      if (body === undefined) return problem(413, 'body_too_large', `at most ${BODY_BYTES_MAX} bytes`)
      return await endpoint.change(this.#source, body, name)
    }
    const allow = methodsOf(endpoint).join(', ')
    return problem(405, 'method_not_allowed', `${path} takes ${allow}`, { Allow: allow })
  }

  /** An address is always meant; a name only when it is ours, for anybody can make a name point here. */
  #known(host: string | undefined): boolean {
    if (host === undefined || host === '') return false
    const name = host.replace(/:[0-9]*$/, '').replace(/^\[(.*)\]$/, '$1')
    return isIP(name) !== 0 || this.#names.includes(name.toLowerCase())
  }
}

function meant(path: string): string {
  const near = nearest(
    path,
    endpoints.map((endpoint) => endpoint.path),
  )
  return near === undefined ? '' : `, did you mean "${near}"?`
}

/** Browsers say so when a page elsewhere is behind the request, some of them only in `Origin`; programs do not. */
function fromAnotherSite({ host, origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  if (site === 'cross-site') return true
  return origin !== undefined && origin !== `http://${host}`
}

/** `undefined` when there is more than is allowed. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue
    size += chunk.length
    if (size > BODY_BYTES_MAX) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) return
  const tooLarge = answer.status === 413
  response.writeHead(answer.status, {
    'Content-Type': answer.contentType,
    'Content-Length': Buffer.byteLength(answer.body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(tooLarge ? { Connection: 'close' } : {}),
    ...answer.headers,
  })
  response.end(request.method === 'HEAD' ? undefined : answer.body)
}
