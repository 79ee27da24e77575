/**
 * Service: a Dubbo provider of `org.apache.dubbo.samples.DemoService`. It answers `sayHello(String)` and
 * `sayBye(String)` with a sentence that shows which instance answered and which attachments it received.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { errorMessage } from '../../sdk/error-message.ts'
import { type Frame, heartbeatReply, readFrames, responseFrame, STATUS_OK } from './frame.ts'
import { HessianReader, hessianMap, hessianString } from './hessian.ts'

export const DEMO_INTERFACE = 'org.apache.dubbo.samples.DemoService'
export const DUBBO_VERSION = '2.0.2'

const STATUS_SERVICE_NOT_FOUND = 60
const STATUS_BAD_REQUEST = 40

/** A result that has a value and attachments, as every Dubbo since 2.6.3 sends it. */
const VALUE_WITH_ATTACHMENTS = 0x94

const words: Readonly<Record<string, string>> = { sayHello: 'Hello', sayBye: 'Goodbye' }

/** Attachments that every Dubbo client sends about itself; the sentence leaves them out. */
const usualAttachments = new Set(['path', 'interface', 'version', 'timeout', 'remote.application'])

export interface DemoService {
  readonly port: number
  /** How many calls were answered so far. */
  readonly callsAnswered: number
  close(): Promise<void>
}

/** Listens on `127.0.0.1:port`, or on a port the system chooses when it is 0. `name` signs the answers. */
export async function startService(port: number, name?: string): Promise<DemoService> {
  const sockets = new Set<Socket>()
  let callsAnswered = 0
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    readFrames(socket, (frame) => {
      if (!frame.request) return
      if (frame.event) {
        if (frame.twoWay) socket.write(heartbeatReply(frame.id))
        return
      }
      callsAnswered++
      const reply = answer(frame, name ?? `service ${boundPort(server)}`)
      if (frame.twoWay) socket.write(reply)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: boundPort(server),
    get callsAnswered() {
      return callsAnswered
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function answer(frame: Frame, name: string): Buffer {
  try {
    const call = readCall(frame.body)
    const word = words[call.method]
    if (call.path !== DEMO_INTERFACE || word === undefined) {
      const text = `${name} has no ${call.path}/${call.method}`
      return responseFrame(frame.id, STATUS_SERVICE_NOT_FOUND, hessianString(text))
    }
    const text = `${word}, ${call.argument}! This is ${name}, I received ${received(call.attachments)}.`
    const body = Buffer.concat([
      Buffer.from([VALUE_WITH_ATTACHMENTS]),
      hessianString(text),
      hessianMap({ dubbo: DUBBO_VERSION }),
    ])
    return responseFrame(frame.id, STATUS_OK, body)
  } catch (error) {
    const text = `${name} cannot read this request: ${errorMessage(error)}`
    return responseFrame(frame.id, STATUS_BAD_REQUEST, hessianString(text))
  }
}

/** The body of a request in wire order: who is called, with what, and the attachments behind the arguments. */
function readCall(body: Buffer) {
  const reader = new HessianReader(body)
  reader.string() // The version of Dubbo.
  const path = reader.string()
  reader.string() // The version of the service.
  const method = reader.string()
  const descriptor = reader.string()
  if (descriptor !== 'Ljava/lang/String;') throw new RangeError(`${method} takes one string`)
  return { path, method, argument: reader.string(), attachments: reader.map() }
}

function received(attachments: Readonly<Record<string, string>>): string {
  const shown = Object.entries(attachments)
    .filter(([key]) => !usualAttachments.has(key))
    .map(([key, value]) => `${key}=${value}`)
  return shown.length === 0 ? 'no attachments' : shown.join(' ')
}

function boundPort(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
