/** JoinedBody: the pieces of a message of which a filter wants the whole body: they are joined, and nobody notices. */
import { joinPieces, type Message } from '../../sdk/index.ts'

export class JoinedBody {
  readonly #beginning: Message
  readonly #pieces: Message[] = []
  readonly #onWhole: (message: Message) => void

  constructor(beginning: Message, onWhole: (message: Message) => void) {
    this.#beginning = beginning
    this.#onWhole = onWhole
  }

  add(piece: Message): void {
    this.#pieces.push(piece)
    if (piece.kind === 'stream-close') this.#onWhole(joinPieces(this.#beginning, this.#pieces))
  }

  /** Nothing more comes: it never was a message. */
  cut(): void {
    this.#pieces.length = 0
  }
}
