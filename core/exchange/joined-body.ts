/**
 * JoinedBody: the pieces of a message of which a filter wants the whole body: they are joined, and nobody notices. Until then
 * their bytes are kept as a decoder would keep them, for a piece of one byte costs hundreds as a message.
 */
import { Carry, type Message, wholeMessage } from '../../sdk/index.ts'

export class JoinedBody {
  readonly #beginning: Message
  readonly #carry = new Carry()
  readonly #onWhole: (message: Message) => void

  constructor(beginning: Message, onWhole: (message: Message) => void) {
    this.#beginning = beginning
    this.#onWhole = onWhole
    const size = beginning.sizeOpen ? Number.POSITIVE_INFINITY : beginning.size
    this.#carry.start(beginning.bytes.subarray(beginning.start, beginning.end), 0, size)
  }

  add(piece: Message): void {
    this.#carry.fill(piece.bytes.subarray(piece.start, piece.end), 0)
    if (piece.kind === 'stream-close') this.#onWhole(wholeMessage(this.#beginning, this.#carry.take()))
  }

  /** Nothing more comes: it never was a message. */
  cut(): void {
    this.#carry.take()
  }
}
