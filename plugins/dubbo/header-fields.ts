/** HeaderFields: the fields of a frame's header, by name, and its body. */
import type { FrameField, Message } from '../../sdk/index.ts'
import { HEADER_SIZE, ID_AT, LENGTH_AT, STATUS_AT } from './frame.ts'

const HEADER: readonly FrameField[] = [
  { name: 'magic', at: 0, size: 2 },
  { name: 'flag', at: 2, size: 1 },
  { name: 'status', at: STATUS_AT, size: 1 },
  { name: 'id', at: ID_AT, size: 8 },
  { name: 'body length', at: LENGTH_AT, size: 4 },
]

export function headerFields(message: Message): readonly FrameField[] {
  return [...HEADER, { name: 'body', at: HEADER_SIZE, size: message.bodySize }]
}
