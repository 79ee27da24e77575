/**
 * SocketHandle: what Node keeps beneath a socket, to read and write past the socket's streams: reading makes no stream event
 * and no memory of Node's, and a write that the system takes at once makes nothing at all. It leans on insides of Node, all of
 * them here, so it is only taken on versions that it was tried on. Stopping and going on, the end of either side, and errors of
 * reading stay the socket's business.
 */
import type { Socket } from 'node:net'

/** Elsewhere `writeBuffer` without a request may end the process, so there is nothing to be tried out. */
const KNOWN_NODES: readonly string[] = ['26.10.0']

export interface SocketHandle {
  readonly writeQueueSize: number
  /** 0 when the system took everything, below 0 an error's number; else the request that is under way. */
  writeBuffer(request: null, bytes: Buffer): unknown
  writev(request: null, pieces: readonly Buffer[], buffersOnly: true): unknown
}

/** A write that the system has not taken whole. */
interface WriteRequest {
  oncomplete: (status: number) => void
  /** Keeps the bytes alive. */
  buffer: readonly Buffer[] | undefined
  /** Set when it was over before anybody could be told. */
  readonly writeStatus?: unknown
}

interface Handle extends SocketHandle {
  useUserBuffer(buffer: Buffer): void
}

/**
 * Begins to read a socket into this buffer, again and again from its beginning; `undefined`, and nothing done, where that is not
 * possible. The version is not imported: with `node:process` come the streams of a thread, 3 MB of them.
 */
export function takeSocketHandle(
  socket: Socket,
  buffer: Buffer,
  onRead: (size: number) => void,
  node = process.versions.node,
): SocketHandle | undefined {
  const handle: unknown = Reflect.get(socket, '_handle')
  if (!KNOWN_NODES.includes(node) || !fits(handle) || socket.readableLength > 0) return undefined
  const place = symbolOf(socket, 'kBuffer')
  const callback = symbolOf(socket, 'kBufferCb')
  if (place === undefined || callback === undefined) return undefined
  Reflect.set(socket, place, buffer)
  Reflect.set(socket, callback, onRead)
  handle.useUserBuffer(buffer)
  socket.resume()
  return handle
}

/** What a write answered that was neither taken nor refused at once: tells when it has left, or failed with a number below 0. */
export function awaitWrite(
  answer: unknown,
  pieces: readonly Buffer[],
  completed: (status: number) => void,
): void {
  if (!underWay(answer)) {
    completed(0)
    return
  }
  answer.buffer = pieces
  answer.oncomplete = completed
  if (typeof answer.writeStatus === 'number') completed(answer.writeStatus)
}

function fits(handle: unknown): handle is Handle {
  if (typeof handle !== 'object' || handle === null) return false
  const named = (name: string): boolean => typeof Reflect.get(handle, name) === 'function'
  return named('writeBuffer') && named('writev') && named('useUserBuffer') && 'writeQueueSize' in handle
}

function underWay(answer: unknown): answer is WriteRequest {
  return typeof answer === 'object' && answer !== null
}

/** Node keeps what a socket is read into under symbols of its own. */
function symbolOf(socket: Socket, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(socket).find((symbol) => symbol.description === description)
}
