/**
 * Reads a message's properties out of its body when somebody asks. What was found stays with the message: its
 * `parts` hold the head of a request.
 */
import { type Message, type PropertyReader, u8 } from '../../sdk/index.ts'
import {
  FLAG_EVENT,
  FLAG_REQUEST,
  HESSIAN2,
  SERIALIZATION_MASK,
  serializationName,
  unreadableSerialization,
} from './frame.ts'
import { hessian2Head } from './hessian2-head.ts'
import { HeadCache, RequestHead } from './request-head.ts'

export class DubboPropertyReader implements PropertyReader {
  readonly protocol = 'dubbo'
  readonly #heads = new HeadCache()

  get(message: Message, key: string): string | readonly string[] | undefined {
    if (key === 'serialization') return serializationName(serializationOf(message))
    const head = this.head(message)
    if (head === undefined) return undefined
    switch (key) {
      case 'interface':
      case 'path':
        return head.path
      case 'method':
        return head.method
      case 'version':
        return head.version
      case 'dubbo':
        return head.dubbo
      case 'parameter-types':
        return head.types
      default:
        return undefined
    }
  }

  keys(message: Message): readonly string[] {
    return this.head(message) === undefined ? ['serialization'] : HEAD_KEYS
  }

  operation(message: Message): string {
    return this.head(message)?.operation ?? ''
  }

  body(message: Message): Buffer {
    return message.bytes.subarray(message.start + message.headerSize, message.end)
  }

  /** The head of a request; `undefined` for what has none, and then the message's problem says why. */
  head(message: Message): RequestHead | undefined {
    if (message.parts instanceof RequestHead) return message.parts
    const flag = u8(message.bytes, message.start + 2)
    if ((flag & FLAG_REQUEST) === 0 || (flag & FLAG_EVENT) !== 0) return undefined
    if ((flag & SERIALIZATION_MASK) !== HESSIAN2) {
      message.problem ??= unreadableSerialization(flag & SERIALIZATION_MASK)
      return undefined
    }
    const head = hessian2Head(message.bytes, message.start + message.headerSize, message.end, this.#heads)
    if (typeof head === 'string') {
      message.problem ??= head
      return undefined
    }
    message.parts = head
    return head
  }
}

const HEAD_KEYS: readonly string[] = Object.freeze([
  'interface',
  'path',
  'method',
  'version',
  'dubbo',
  'parameter-types',
  'serialization',
])

function serializationOf(message: Message): number {
  return u8(message.bytes, message.start + 2) & SERIALIZATION_MASK
}
