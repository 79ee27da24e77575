/**
 * The fixed header of a Dubbo frame and what its fields may say. Names and numbers are the Dubbo protocol's
 * (dubbo.apache.org, "Dubbo2 protocol"); nothing here looks into a body.
 *
 *     0      2      3        4            12             16
 *     +------+------+--------+------------+--------------+-------- … +
 *     | dabb | flag | status | request id | body length  | body      |
 *     +------+------+--------+------------+--------------+-------- … +
 */

export const MAGIC = 0xdabb
export const HEADER_SIZE = 16
export const STATUS_AT = 3
export const ID_AT = 4
export const LENGTH_AT = 12

/** The flag byte: three bits and, in the lower five, the serialization of the body. */
export const FLAG_REQUEST = 0x80
export const FLAG_TWO_WAY = 0x40
export const FLAG_EVENT = 0x20
export const SERIALIZATION_MASK = 0x1f

export const HESSIAN2 = 2
export const FASTJSON2 = 23

/** Response statuses (Dubbo protocol, "Status"). Everything but `OK` has a string as its body. */
export const STATUS_OK = 20
export const STATUS_SERVER_TIMEOUT = 31
export const STATUS_BAD_REQUEST = 40
export const STATUS_BAD_RESPONSE = 50
export const STATUS_SERVICE_NOT_FOUND = 60
export const STATUS_SERVICE_ERROR = 70
export const STATUS_SERVER_ERROR = 80
export const STATUS_THREADS_EXHAUSTED = 100

/** The serialization ids that Dubbo's own modules use. */
const SERIALIZATIONS: ReadonlyMap<number, string> = new Map([
  [2, 'hessian2'],
  [3, 'java'],
  [4, 'compactedjava'],
  [6, 'fastjson'],
  [7, 'nativejava'],
  [8, 'kryo'],
  [9, 'fst'],
  [10, 'native-hessian'],
  [11, 'avro'],
  [12, 'protostuff'],
  [16, 'gson'],
  [21, 'protobuf-json'],
  [22, 'protobuf'],
  [23, 'fastjson2'],
  [25, 'kryo2'],
  [26, 'custom-message-pack'],
])

/** A name for people and for the property `serialization`; the bare number where Dubbo names none. */
export function serializationName(id: number): string {
  return SERIALIZATIONS.get(id) ?? String(id)
}

/** Why a body cannot be read: a sentence for {@link Message.problem}. */
export function unreadableSerialization(id: number): string {
  const name = SERIALIZATIONS.get(id)
  return `serialization ${id}${name === undefined ? '' : ` (${name})`} is not readable`
}
