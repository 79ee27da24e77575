/** FrameView: one decoded frame as it is shown and as it is printed as JSON. */
import type { FrameField, Message } from '../../../sdk/index.ts'
import type { FlowEvent } from './flow-table.ts'
import { frameFields } from './frame-fields.ts'

export interface FrameView {
  readonly no: number
  readonly timeMs: number
  readonly caller: string
  readonly service: string
  readonly direction: string
  readonly kind: string
  readonly protocol: string
  readonly id: string
  readonly operation: string
  readonly status: number
  /** Which connection a request needs; empty where any will do. */
  readonly affinity: string
  readonly size: number
  readonly properties: Readonly<Record<string, string | readonly string[]>>
  /** Why it, or a property of it, could not be read. */
  readonly problem: string
  readonly bytes: Buffer
  readonly fields: readonly FrameField[]
}

const NOTHING = { protocol: '', id: '', operation: '', status: -1, affinity: '', properties: {}, fields: [] }

export function frameView(no: number, { timeMs, caller, service, direction, event }: FlowEvent): FrameView {
  const place = { no, timeMs, caller, service, direction }
  switch (event.kind) {
    case 'message':
      return {
        ...place,
        ...readable(event.message),
        // Where there are none, every one is 0.
        ...(event.codec.idBits === 0 ? { id: '' } : {}),
        fields: frameFields(event.message, event.codec),
      }
    case 'refused':
      return { ...place, ...readable(event.message), fields: [], problem: event.text }
    case 'malformed': {
      const { code, text, bytes } = event
      return {
        ...place,
        ...NOTHING,
        kind: 'malformed',
        size: bytes.length,
        problem: `${code}: ${text}`,
        bytes,
      }
    }
    case 'greeting':
      return { ...place, ...NOTHING, kind: 'greeting', size: event.size, problem: '', bytes: event.bytes }
    case 'gap':
      return { ...place, ...NOTHING, kind: 'gap', size: event.size, problem: 'not captured', bytes: EMPTY }
    case 'incomplete': {
      const problem = `the end is missing, at least ${event.missing} bytes`
      return { ...place, ...NOTHING, kind: 'incomplete', size: event.size, problem, bytes: EMPTY }
    }
  }
}

function readable(message: Message) {
  const properties = Object.fromEntries(
    message.keys().map((key) => {
      const values = message.getAll(key)
      return [key, values.length === 1 ? (values[0] ?? '') : values]
    }),
  )
  return {
    kind: message.kind,
    protocol: message.protocol,
    id: message.requestId,
    operation: message.operation,
    status: message.status,
    affinity: message.affinity === 'shared' ? '' : message.affinity,
    size: message.size,
    properties,
    problem: message.problem ?? '',
    bytes: message.bytes.subarray(message.start, message.end),
  }
}

const EMPTY = Buffer.alloc(0)

/** One line of JSON, without its line feed. */
export function frameJson(view: FrameView): string {
  return JSON.stringify({ ...view, bytes: view.bytes.toString('hex') })
}
