/** EchoFilter: answers a request with its own properties and body, and leaves to the codec what of them a reply can carry. */
import { type Filter, type Metadata, replyMessage, type Verdict } from '../../sdk/index.ts'
import type { EchoOptions } from './options.ts'

class EchoFilter implements Filter {
  readonly wholeBodies: NonNullable<Filter['wholeBodies']>
  readonly #options: EchoOptions

  constructor(options: EchoOptions) {
    this.#options = options
    this.wholeBodies = { request: options.body, response: false }
  }

  onRequest(metadata: Metadata): Verdict {
    const { properties, body } = this.#options
    return replyMessage({
      properties: properties ? pairsOf(metadata) : [],
      body: body ? metadata.body : undefined,
      // With less than everything, a codec must not copy what it was.
      echo: properties && body,
    })
  }
}

function pairsOf(metadata: Metadata): readonly (readonly [string, string])[] {
  return metadata.keys().flatMap((key) => metadata.getAll(key).map((value) => [key, value] as const))
}

export function createEcho(options: EchoOptions): Filter {
  return new EchoFilter(options)
}
