/** The recorded frames as vectors of the conformance kit, and the frames that no recording has. */
import Value from 'typebox/value'
import { type CodecVectors, codecVectors } from '../../../sdk/testing/codec-kit/vectors.ts'
import { type Frame, frames } from './frames.ts'

/** Of calls alike, from the same pair of programs, one is enough. */
const FRAMES_MAX = 48

export function dubboVectors(): CodecVectors {
  const every = Math.ceil(frames.length / FRAMES_MAX)
  const chosen = frames.filter(({ kind }, index) => index % every === 0 || UNUSUAL.has(kind))
  const list = { ...SETTINGS, vectors: [...chosen.map(vectorOf), ...WRITTEN] }
  return Value.Decode(codecVectors, Value.Default(codecVectors, list))
}

const UNUSUAL = new Set(['oneway', 'error', 'heartbeat', 'heartbeat-reply', 'drain'])

const SETTINGS = {
  protocol: 'dubbo',
  'body-size-max': '64KiB',
  'properties-in-body': true,
  together: [
    ['interface', 'path', 'attachment.path', 'attachment.interface'],
    ['version', 'attachment.version'],
    ['dubbo', 'attachment.dubbo'],
  ],
  derived: ['conflict'],
}

const WRITTEN = [
  {
    name: 'two-way heartbeat',
    hex: 'dabb e2 00 0000000000000007 00000001 4e',
    message: { kind: 'heartbeat', id: 7 },
    answer: 'dabb 22 14 0000000000000007 00000001 4e',
  },
  {
    name: 'one-way event',
    hex: 'dabb a2 00 0000000000000007 00000001 4e',
    message: { kind: 'heartbeat', id: 7 },
    answer: '',
  },
  {
    name: 'heartbeat answered by dubbo-go',
    hex: 'dabb 22 14 0000000000000007 00000002 4e4e',
    message: { kind: 'heartbeat-reply', id: 7 },
  },
  {
    name: 'read-only event',
    hex: 'dabb a2 00 0000000000000000 00000002 0152',
    message: { kind: 'drain', id: 0 },
  },
  { name: 'another magic', hex: 'dabc c2 00 0000000000000007 00000001 4e', malformed: 'magic' },
  { name: 'a negative length', hex: 'dabb c2 00 0000000000000007 ffffffff 4e', malformed: 'frame_size' },
]

function vectorOf({ name, kind, id, operation, own, attachments, hex }: Frame) {
  const properties = Object.fromEntries([...own, ...attachments].map(([key, value]) => [key, value]))
  // A version that is empty on the wire reads as none.
  const read = Object.entries(properties).map(([key, value]) => [
    key,
    key === 'version' && value === '' && kind !== 'response' ? null : value,
  ])
  const answer = kind === 'heartbeat' ? { answer: answerOf(hex) } : {}
  return { name, hex, message: { kind, id, operation, properties: Object.fromEntries(read) }, ...answer }
}

/** What we answer a recorded heartbeat with: null under its id. */
function answerOf(hex: string): string {
  return `dabb2214${hex.slice(8, 24)}000000014e`
}
