/** Dialling: opening a connection to an address, within a time. */
import { connect, type Socket } from 'node:net'
import type { Address } from './address.ts'

export interface Dial {
  /** Gives up; neither callback is called afterwards. */
  cancel(): void
}

/** Calls exactly one of the two, later. The socket is connected, stays half-open, and has no listeners yet. */
export function dial(
  address: Address,
  timeoutMs: number,
  settled: { onConnect(socket: Socket): void; onFailure(reason: string): void },
): Dial {
  const socket =
    address.kind === 'tcp'
      ? connect({ host: address.host, port: address.port, noDelay: true, allowHalfOpen: true })
      : connect({ path: address.path, allowHalfOpen: true })
  const timer = setTimeout(() => fail(`no connection within ${timeoutMs} ms`), timeoutMs)
  const fail = (reason: string): void => {
    cancel()
    settled.onFailure(reason)
  }
  const cancel = (): void => {
    clearTimeout(timer)
    socket.removeAllListeners()
    socket.on('error', () => undefined)
    socket.destroy()
  }
  socket.once('error', (error) => fail(error.message))
  socket.once('connect', () => {
    clearTimeout(timer)
    socket.removeAllListeners('error')
    settled.onConnect(socket)
  })
  return { cancel }
}
