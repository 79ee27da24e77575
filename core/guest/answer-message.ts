/** AnswerMessage: the answer to a guest's call out, as the metadata that its block is written from. */
import { Message, type PropertyReader } from '../../sdk/index.ts'
import type { CallAnswer } from './held-messages.ts'

const NO_BODY = Buffer.alloc(0)

class AnswerReader implements PropertyReader {
  readonly protocol = ''
  readonly #values = new Map<string, string[]>()

  constructor(properties: readonly (readonly [string, string])[]) {
    for (const [key, value] of properties) {
      const values = this.#values.get(key)
      if (values === undefined) this.#values.set(key, [value])
      else values.push(value)
    }
  }

  get(_message: Message, key: string): readonly string[] | undefined {
    return this.#values.get(key)
  }

  keys(): readonly string[] {
    return [...this.#values.keys()]
  }

  operation(): string {
    return ''
  }

  body(message: Message): Buffer {
    return message.bytes
  }
}

export function answerMessage(answer: Exclude<CallAnswer, string>): Message {
  const body = answer.body ?? NO_BODY
  const message = new Message('response', new AnswerReader(answer.properties), body, 0, body.length, 0)
  message.status = answer.status
  return message
}
