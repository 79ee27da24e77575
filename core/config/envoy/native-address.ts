/** NativeAddress: an address of Envoy's as the text that listeners and endpoints have here. */
import { formatAddress } from '../../net/address.ts'
import type { ConfigPath } from '../path.ts'
import { entry, isMapValue, textEntry } from '../shape.ts'

const NEITHER = 'an address is a socket_address or a pipe'

export interface NativeAddress {
  /** `undefined` where there is none, or one that cannot be read. */
  readonly text: string | undefined
  /** Which part of the address it is from. */
  readonly path: ConfigPath
  /** A name or a number; `undefined` for the path of a socket. */
  readonly host: string | undefined
  /** What is to be said where there is none at all. */
  readonly problem: string | undefined
}

export function nativeAddress(address: unknown): NativeAddress {
  const socket = entry(address, 'socket_address')
  const host = textEntry(socket, 'address')
  const port = entry(socket, 'port_value')
  const pipe = textEntry(entry(address, 'pipe'), 'path')
  if (host !== undefined && typeof port === 'number') {
    const text = formatAddress({ kind: 'tcp', host, port })
    return { text, path: ['socket_address'], host, problem: undefined }
  }
  if (pipe !== undefined)
    return { text: `unix:${pipe}`, path: ['pipe', 'path'], host: undefined, problem: undefined }
  const empty = isMapValue(address) && socket === undefined && entry(address, 'pipe') === undefined
  return { text: undefined, path: [], host: undefined, problem: empty ? NEITHER : undefined }
}
