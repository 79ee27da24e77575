/** Sample: one vector made ready: its bytes, its direction, and what its message is to read as. */
import type { Direction } from '../../codec.ts'
import type { CodecVector, ExpectedMessage } from './vectors.ts'

export class Sample {
  readonly name: string
  readonly vector: CodecVector
  readonly bytes: Buffer
  readonly direction: Direction
  /** Absent when the bytes are to be refused. */
  readonly expected: ExpectedMessage | undefined

  constructor(vector: CodecVector) {
    this.name = vector.name
    this.vector = vector
    this.bytes = vector.hex === undefined ? Buffer.from(vector.text ?? '') : bytesOf(vector.hex)
    this.expected = vector.message
    this.direction = vector.direction ?? directionOf(vector.message?.kind)
  }

  get kind(): ExpectedMessage['kind'] | undefined {
    return this.expected?.kind
  }
}

/** Hex with spaces, line breaks and comments as bytes. */
export function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replace(/#[^\n]*/g, '').replace(/\s/g, ''), 'hex')
}

function directionOf(kind: ExpectedMessage['kind'] | undefined): Direction {
  return kind === 'response' || kind === 'error' || kind === 'heartbeat-reply' ? 'response' : 'request'
}
