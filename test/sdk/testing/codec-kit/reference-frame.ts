/**
 * The frame of the reference protocol, which exists only to be got wrong.
 *
 *     0      2         3      4     8                 10          14             14 + properties
 *     +------+---------+------+-----+-----------------+-----------+--------- … +------ … +
 *     | 5246 | version | type | id  | properties size | body size | properties | body    |
 *     +------+---------+------+-----+-----------------+-----------+--------- … +------ … +
 *
 *     property: key size u8, key, value size u16, value
 */
import type { MessageKind } from '../../../../sdk/index.ts'

export const MAGIC = 0x5246
export const VERSION = 1
export const HEADER_SIZE = 14
export const TYPE_AT = 3
export const ID_AT = 4
export const PROPERTIES_SIZE_AT = 8
export const BODY_SIZE_AT = 10
export const KEY_SIZE_MAX = 0xff
export const PROPERTIES_SIZE_MAX = 0xffff

export const types: readonly (MessageKind | undefined)[] = [
  undefined,
  'request',
  'oneway',
  'response',
  'error',
  'heartbeat',
  'heartbeat-reply',
  'drain',
]

export type Property = readonly [key: string, value: string]

/** A whole frame; lengths are right unless others are given. */
export function frame(
  kind: MessageKind,
  id: number,
  properties: Buffer,
  body: Buffer,
  sizes: { readonly properties?: number; readonly body?: number } = {},
): Buffer {
  const header = Buffer.alloc(HEADER_SIZE)
  header.writeUInt16BE(MAGIC)
  header[2] = VERSION
  header[TYPE_AT] = types.indexOf(kind)
  header.writeUInt32BE(id >>> 0, ID_AT)
  header.writeUInt16BE(sizes.properties ?? properties.length, PROPERTIES_SIZE_AT)
  header.writeUInt32BE(sizes.body ?? body.length, BODY_SIZE_AT)
  return Buffer.concat([header, properties, body])
}

export function propertyBytes(properties: readonly Property[]): Buffer {
  return Buffer.concat(
    properties.flatMap(([key, value]) => {
      const head = Buffer.from([Buffer.byteLength(key)])
      const size = Buffer.alloc(2)
      size.writeUInt16BE(Buffer.byteLength(value) & 0xffff)
      return [head, Buffer.from(key), size, Buffer.from(value)]
    }),
  )
}
