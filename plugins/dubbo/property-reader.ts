/**
 * Reads a message's properties out of its body when somebody asks. What was found stays with the message: its
 * `parts` hold the head of a request, or the attachments once one of them was asked for.
 */
import { type Message, type PropertyReader, u8, type ValuePlace } from '../../sdk/index.ts'
import { Attachments, exceptionForm, FORM_MAX } from './attachments.ts'
import type { BodyFormat } from './body-format.ts'
import { ChunkView } from './chunk-view.ts'
import {
  FASTJSON2,
  HESSIAN2,
  SERIALIZATION_MASK,
  serializationName,
  unreadableSerialization,
} from './frame.ts'
import { Hessian2Format } from './hessian2-format.ts'
import { JsonbFormat } from './jsonb-format.ts'
import { plainTextAt } from './plain-entries.ts'
import { ABSENT, type PlainMap, TWICE } from './plain-map.ts'
import { attachmentKey, HEAD_KEYS, propertyName, REPLY_KEYS, REQUEST_KEYS } from './properties.ts'
import { RequestHead } from './request-head.ts'

/** Hessian 2.0 §4.5: 80 to bf are the integers from -16 to 47. */
const HESSIAN2_ZERO = 0x90

export class DubboPropertyReader implements PropertyReader {
  readonly protocol = 'dubbo'
  /** The chunk that was read last. */
  readonly view = new ChunkView()
  readonly #hessian2 = new Hessian2Format(this.view)
  readonly #fastjson2 = new JsonbFormat(this.view)
  /** Keys that were asked for together last, and what of a request tells them. */
  #asked: readonly string[] = []
  #toldBy: 'nothing' | 'head' | 'attachments' = 'nothing'

  get(message: Message, key: string): string | readonly string[] | undefined {
    // What almost every route matches on, once it is known, and what metrics ask of every reply, come first.
    const { kind, parts } = message
    if (parts instanceof RequestHead) {
      if (key === 'interface') return parts.path
      if (key === 'method') return parts.method
    } else if (key === 'exception' && plainResult(message)) return undefined
    const ofRequest = kind === 'request' || kind === 'oneway'
    if (!ofRequest && kind !== 'response' && kind !== 'error') return undefined
    const attachment = attachmentKey(key, ofRequest)
    if (attachment !== undefined) return this.#attachment(message, attachment)
    return ofRequest ? this.#ofRequest(message, key) : this.#ofReply(message, key)
  }

  place(message: Message, key: string, place: ValuePlace): 'here' | 'absent' | 'elsewhere' {
    const { kind } = message
    const ofRequest = kind === 'request' || kind === 'oneway'
    if (!ofRequest && kind !== 'response') return 'elsewhere'
    const known = this.#hessian2.plain.keys.of(key)
    if (!known.bareIn(kind)) return ofRequest ? this.#placeInHead(message, key, place) : 'elsewhere'
    const plain = this.plain(message)
    const entry = plain === undefined ? TWICE : plain.find(message.bytes, known)
    if (entry === ABSENT) return 'absent'
    if (plain === undefined || entry === TWICE) return 'elsewhere'
    place.start = plainTextAt(message.bytes, plain.valueOf(entry))
    place.end = plain.endOf(entry)
    return place.start < 0 ? 'elsewhere' : 'here'
  }

  knownBy(message: Message, keys: readonly string[]): object | undefined {
    if (message.kind !== 'request' && message.kind !== 'oneway') return undefined
    if (keys !== this.#asked) this.#ask(keys)
    // What nobody reads is not looked at: that might be said to be wrong.
    if (this.#toldBy === 'nothing') return undefined
    return this.#toldBy === 'head' ? this.#head(message) : this.plain(message)?.knownBy
  }

  keys(message: Message): readonly string[] {
    const ofRequest = message.kind === 'request' || message.kind === 'oneway'
    const own: readonly string[] = ofRequest ? REQUEST_KEYS : REPLY_KEYS
    const keys = new Set(own.filter((key) => this.get(message, key) !== undefined))
    const attachments = message.kind === 'error' ? undefined : this.#attachments(message)
    const format = this.formatOf(message)
    if (attachments === undefined || format === undefined) return [...keys]
    const { spans } = attachments
    for (let i = 0; i < spans.length; i += 3) {
      const valueAt = spans[i + 1] ?? 0
      const key = format.keyText(message.bytes, spans[i] ?? 0, valueAt)
      const readable = format.text(message.bytes, valueAt, spans[i + 2] ?? 0) !== undefined
      if (key !== undefined && readable) keys.add(propertyName(key, ofRequest))
    }
    return [...keys]
  }

  operation(message: Message): string {
    return this.#head(message)?.operation ?? ''
  }

  body(message: Message): Buffer {
    return message.bytes.subarray(message.start + message.headerSize, message.end)
  }

  /** The message's attachments where they are a plain map. */
  plain(message: Message): PlainMap | undefined {
    const { plain } = this.#hessian2
    if (plain.shows(message) || plain.showAgain(message)) return plain
    return message.mark0 >= 0 && this.#seekPlain(message) ? plain : undefined
  }

  /** `undefined` for a serialization that only passes by. */
  formatOf(message: Message): BodyFormat | undefined {
    switch (serializationOf(message)) {
      case HESSIAN2:
        return this.#hessian2
      case FASTJSON2:
        return this.#fastjson2
      default:
        return undefined
    }
  }

  #ask(keys: readonly string[]): void {
    this.#asked = keys
    const others = keys.filter((key) => key !== 'serialization')
    const inHead = others.every((key) => HEAD_KEYS.has(key))
    this.#toldBy = others.length === 0 ? 'nothing' : inHead ? 'head' : 'attachments'
  }

  #ofRequest(message: Message, key: string): string | undefined {
    if (key === 'serialization') return serializationName(serializationOf(message))
    const head = this.#head(message)
    if (head === undefined) return undefined
    switch (key) {
      case 'interface':
      case 'path':
        return head.path
      case 'method':
        return head.method
      case 'version':
        return head.version === '' ? undefined : head.version
      case 'dubbo':
        return head.dubbo
      case 'parameter-types':
        return head.types
      default:
        return this.#conflict(message, head)
    }
  }

  #ofReply(message: Message, key: string): string | undefined {
    if (key === 'serialization') return serializationName(serializationOf(message))
    if (key === 'status') return String(message.status)
    const format = this.#formatOr(message)
    if (format === undefined) return undefined
    if (message.kind === 'error') return key === 'error' ? format.errorText(message) : undefined
    if (key === 'error') return undefined
    const form = format.form(message)
    if (typeof form !== 'string') return exceptionForm(form.form) ? 'true' : undefined
    message.problem ??= form
    return undefined
  }

  #placeInHead(message: Message, key: string, place: ValuePlace): 'here' | 'absent' | 'elsewhere' {
    const head = key === 'serialization' ? undefined : this.#head(message)
    if (head === undefined) return 'elsewhere'
    let text = head.method
    let at = head.textAts.method
    if (key === 'interface' || key === 'path') {
      text = head.path
      at = head.textAts.path
    } else if (key === 'version') {
      text = head.version
      at = head.textAts.version
      if (text === '') return 'absent'
    } else if (key !== 'method') return 'elsewhere'
    if (at < 0) return 'elsewhere'
    place.start = message.start + message.headerSize + at
    place.end = place.start + text.length
    return 'here'
  }

  /** The head of a request; `undefined` for what has none, and then the message's problem says why. */
  #head(message: Message): RequestHead | undefined {
    const { parts } = message
    if (parts instanceof RequestHead) return parts
    if (parts instanceof Attachments) return parts.head
    if (message.kind !== 'request' && message.kind !== 'oneway') return undefined
    const head = this.#formatOr(message)?.head(message)
    if (head instanceof RequestHead) {
      message.parts = head
      return head
    }
    if (head !== undefined) message.problem ??= head
    return undefined
  }

  #attachments(message: Message): Attachments | undefined {
    if (message.parts instanceof Attachments) return message.parts
    const format = this.#formatOr(message)
    if (format === undefined) return undefined
    const of = message.kind === 'response' ? format.form(message) : (this.#head(message) ?? '')
    const found = typeof of === 'string' ? of : format.attachments(message, of)
    if (typeof found === 'string') {
      message.problem ??= found
      return undefined
    }
    message.parts = found
    return found
  }

  #seekPlain(message: Message): boolean {
    const { kind } = message
    if (serializationOf(message) !== HESSIAN2) return false
    if (kind === 'response') return this.#hessian2.seekPlain(message, undefined)
    const head = kind === 'request' || kind === 'oneway' ? this.#head(message) : undefined
    return head !== undefined && this.#hessian2.seekPlain(message, head)
  }

  #attachment(message: Message, key: string): string | readonly string[] | undefined {
    // A reply that reports a failure is a text and nothing else.
    if (message.kind === 'error') return undefined
    const plain = this.plain(message)
    if (plain !== undefined) {
      const entry = plain.find(message.bytes, plain.keys.of(key))
      if (entry === ABSENT) return undefined
      const text = entry === TWICE ? undefined : this.#hessian2.plainText(message.bytes, entry)
      // What is there and has no text, or several, needs a word about it.
      if (text !== undefined) return text
    }
    const attachments = this.#attachments(message)
    if (attachments === undefined) return undefined
    const format = this.formatOf(message)
    if (format === undefined) return undefined
    const { spans } = attachments
    const { bytes } = message
    const places = attachments.many ? attachments.placesOf(key, bytes, format) : undefined
    const count = places === undefined ? spans.length / 3 : places.length
    let value: string | string[] | undefined
    for (let n = 0; n < count; n++) {
      const i = places === undefined ? n * 3 : (places[n] ?? 0)
      const valueAt = spans[i + 1] ?? 0
      if (places === undefined && !format.sameKey(bytes, spans[i] ?? 0, valueAt, key)) continue
      const text = format.text(bytes, valueAt, spans[i + 2] ?? 0)
      if (text === undefined) {
        const kind = format.kindOf(bytes, valueAt)
        if (kind !== undefined) message.problem ??= `attachment "${key}" is ${kind}, which has no text`
      } else if (value === undefined) value = text
      else {
        // No client sends a key twice; who sees the first and who the last is anybody's guess.
        message.problem ??= `attachment "${key}" is there more than once`
        if (typeof value === 'string') value = [value, text]
        else value.push(text)
      }
    }
    return value
  }

  /** Where the attachments say otherwise than the head; providers believe the attachments. */
  #conflict(message: Message, head: RequestHead): string | undefined {
    const path = this.#attachment(message, 'path')
    if (path !== undefined && path !== head.path) return 'path'
    const version = this.#attachment(message, 'version')
    return version !== undefined && version !== head.version ? 'version' : undefined
  }

  #formatOr(message: Message): BodyFormat | undefined {
    const format = this.formatOf(message)
    if (format === undefined) message.problem ??= unreadableSerialization(serializationOf(message))
    return format
  }
}

function serializationOf(message: Message): number {
  return u8(message.bytes, message.start + 2) & SERIALIZATION_MASK
}

/** Whether this is a reply that begins with one of hessian2's one-byte integers and is no exception: most are. */
function plainResult(message: Message): boolean {
  if (message.kind !== 'response' || message.bodySize === 0 || serializationOf(message) !== HESSIAN2)
    return false
  const form = u8(message.bytes, message.start + message.headerSize) - HESSIAN2_ZERO
  return form >= 0 && form <= FORM_MAX && !exceptionForm(form)
}
