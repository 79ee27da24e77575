/** Command: the name of a command and what READY says. A length that is a lie ends the reading, never the process. */
import { putU32, u32 } from '../../sdk/index.ts'
import { LONG } from './frame.ts'

/** The command with which each side says what socket it is, before anything else. */
export const READY = 'READY'

/** Where the body of the one frame of a command begins. */
export function commandBodyAt(bytes: Uint8Array, start: number): number {
  return start + (((bytes[start] ?? 0) & LONG) === 0 ? 2 : 9)
}

/** The name; `undefined` when there is none. */
export function commandName(bytes: Buffer, start: number, end: number): string | undefined {
  const at = commandBodyAt(bytes, start)
  const size = at < end ? (bytes[at] ?? 0) : 0
  return size === 0 || at + 1 + size > end ? undefined : bytes.toString('latin1', at + 1, at + 1 + size)
}

/** What follows the name. */
export function commandData(bytes: Buffer, start: number, end: number): Buffer {
  const at = commandBodyAt(bytes, start)
  return bytes.subarray(Math.min(end, at + 1 + (bytes[at] ?? 0)), end)
}

/** The properties of READY: names of any case, and values. */
export function readyProperties(bytes: Buffer, start: number, end: number): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>()
  const data = commandData(bytes, start, end)
  let at = 0
  while (at < data.length) {
    const valueAt = at + 1 + (data[at] ?? 0)
    if (valueAt + 4 > data.length) break
    const next = valueAt + 4 + u32(data, valueAt)
    if (next > data.length) break
    found.set(data.toString('latin1', at + 1, valueAt).toLowerCase(), data.subarray(valueAt + 4, next))
    at = next
  }
  return found
}

/** The kind of socket that READY names; `?` when it names none. */
export function socketType(bytes: Buffer, start: number, end: number): string {
  return readyProperties(bytes, start, end).get('socket-type')?.toString('latin1', 0, 16) || '?'
}

/** A READY of a socket without an identity, without its frame. */
export function readyCommand(socketType: string): Buffer {
  return Buffer.concat([named(READY), named('Socket-Type'), sized(socketType), named('Identity'), sized('')])
}

function named(name: string): Buffer {
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name, 'latin1')])
}

function sized(value: string): Buffer {
  const size = Buffer.alloc(4)
  putU32(size, 0, value.length)
  return Buffer.concat([size, Buffer.from(value, 'latin1')])
}
