/**
 * Bodies in Hessian 2.0. A request is the five strings of its head, the arguments and the map of attachments; a
 * reply of status 20 is its form, the value unless the form says null, and in three forms the map (Dubbo protocol,
 * "Variable part"). Behind the map some senders leave a byte or two, which stay as they are.
 */
import { type ByteWriter, type Message, u8 } from '../../sdk/index.ts'
import { Attachments, FORM_MAX, FORM_NULL, FORM_WITH_ATTACHMENTS, type ResultForm } from './attachments.ts'
import type { BodyFormat } from './body-format.ts'
import type { BodyPlan } from './body-plan.ts'
import type { ChunkView } from './chunk-view.ts'
import { hessian2Head } from './hessian2-head.ts'
import { integerSize, integerValue } from './hessian2-sizes.ts'
import { Hessian2Skipper } from './hessian2-skipper.ts'
import { nullAt, skipString, stringSize, stringTag, stringText, writeString } from './hessian2-strings.ts'
import { numberedTag, partsKind, scalarText } from './hessian2-values.ts'
import { ATTACHMENTS_MAX } from './limits.ts'
import { plainTextAt } from './plain-entries.ts'
import { PlainMap } from './plain-map.ts'
import { HeadCache, RequestHead } from './request-head.ts'
import { sameAscii } from './same-ascii.ts'
import { TextCache } from './text-cache.ts'

const END = 0x5a
const ZERO = 0x90

export class Hessian2Format implements BodyFormat {
  readonly open = 0x48
  readonly close = END
  readonly sized = false
  readonly plain: PlainMap
  readonly #heads: HeadCache
  readonly #skipper: Hessian2Skipper
  readonly #texts = new TextCache()

  constructor(view: ChunkView) {
    this.#heads = new HeadCache(view)
    this.#skipper = new Hessian2Skipper(view)
    this.plain = new PlainMap(view)
  }

  head(message: Message): RequestHead | string {
    return hessian2Head(message.bytes, message.start + message.headerSize, message.end, this.#heads)
  }

  form(message: Message): ResultForm | string {
    const { bytes, end } = message
    const at = message.start + message.headerSize
    const size = at < end ? integerSize(u8(bytes, at)) : 0
    if (size === 0 || at + size > end) return 'the body does not begin with the form of a result'
    const form = integerValue(bytes, at)
    if (form < 0 || form > FORM_MAX) return `the form of the result is ${form}, which Dubbo does not have`
    return { form, at, end: at + size }
  }

  /** Whether the attachments are a plain map, which is then shown. `head` is that of a request. */
  seekPlain(message: Message, head: RequestHead | undefined): boolean {
    const { plain } = this
    const { mark0, bytes, end } = message
    // Where it was seen before it is, all of it.
    const at = mark0 > 0 ? mark0 : this.#plainAt(message, head)
    if (at >= 0 && plain.recognize(message, at, head)) return true
    const asciiEnd = mark0 > 0 ? end : at < 0 ? at : this.#skipper.asciiEnd(bytes, at, end)
    return plain.walk(message, at, asciiEnd, head)
  }

  /** The text of an entry of the plain map that is shown; `undefined` when its value has none. */
  plainText(bytes: Buffer, entry: number): string | undefined {
    const at = this.plain.valueOf(entry)
    const end = this.plain.endOf(entry)
    const textAt = plainTextAt(bytes, at)
    return textAt < 0 ? scalarText(bytes, at, end) : this.#texts.ascii(bytes, textAt, end)
  }

  attachments(message: Message, of: RequestHead | ResultForm): Attachments | string {
    const first = of instanceof RequestHead ? message.start + message.headerSize + of.offsets.size : of.end
    this.#skipper.begin(first)
    if (of instanceof RequestHead) return this.#afterArguments(message, of)
    const at =
      of.form % FORM_WITH_ATTACHMENTS === FORM_NULL
        ? of.end
        : this.#skipper.skip(message.bytes, of.end, message.end)
    if (at < 0) return `the value ${this.#skipper.failure}`
    return of.form < FORM_WITH_ATTACHMENTS ? none(of, at, at) : this.#map(message, of, at)
  }

  sameKey(bytes: Buffer, at: number, end: number, key: string): boolean {
    const tag = u8(bytes, at)
    // A short key in ASCII, which all of them are: one byte for the length, one for each unit.
    if (tag <= 0x1f && end - at === tag + 1) return tag === key.length && sameAscii(bytes, at + 1, key)
    return stringTag(tag) && stringText(bytes, at, end) === key
  }

  keyText(bytes: Buffer, at: number, end: number): string | undefined {
    return stringTag(u8(bytes, at)) ? stringText(bytes, at, end) : undefined
  }

  text(bytes: Buffer, at: number, end: number): string | undefined {
    const tag = u8(bytes, at)
    // As many bytes as units: ASCII.
    if (tag <= 0x1f && end - at === tag + 1) return this.#texts.ascii(bytes, at + 1, end)
    return scalarText(bytes, at, end)
  }

  kindOf(bytes: Buffer, at: number): string | undefined {
    return partsKind(u8(bytes, at))
  }

  numbered(bytes: Buffer, at: number): boolean {
    return numberedTag(u8(bytes, at))
  }

  errorText(message: Message): string | undefined {
    const at = message.start + message.headerSize
    const end = skipString(message.bytes, at, message.end)
    return end < 0 ? undefined : stringText(message.bytes, at, end)
  }

  textSize(text: string): number {
    return stringSize(text)
  }

  writeText(out: ByteWriter, text: string): void {
    writeString(out, text)
  }

  planText(plan: BodyPlan, text: string): void {
    plan.text(text)
  }

  planForm(plan: BodyPlan, form: number): void {
    plan.byte(ZERO + form)
  }

  #plainAt(message: Message, head: RequestHead | undefined): number {
    return head === undefined ? this.#behindValue(message) : this.#behindArguments(message, head)
  }

  /** The offset behind the arguments of a request; -1 when they cannot be stepped over. */
  #behindArguments(message: Message, head: RequestHead): number {
    const { bytes, end } = message
    let at = message.start + message.headerSize + head.offsets.size
    this.#skipper.begin(at)
    for (let left = head.argumentCount; left > 0 && at >= 0; left--) at = this.#skipper.skip(bytes, at, end)
    return head.argumentCount < 0 ? -1 : at
  }

  /** The offset behind the value of a reply that has attachments; -1 when it has none. */
  #behindValue(message: Message): number {
    const { bytes, end } = message
    const at = message.start + message.headerSize
    const form = at < end ? u8(bytes, at) - ZERO : -1
    if (form < FORM_WITH_ATTACHMENTS || form > FORM_MAX) return -1
    this.#skipper.begin(at + 1)
    if (form === FORM_NULL + FORM_WITH_ATTACHMENTS) return at + 1
    return this.#skipper.skip(bytes, at + 1, end)
  }

  #afterArguments(message: Message, head: RequestHead): Attachments | string {
    if (head.argumentCount < 0) return `the parameter types ${JSON.stringify(head.types)} are no descriptor`
    let at = message.start + message.headerSize + head.offsets.size
    for (let i = 1; i <= head.argumentCount; i++) {
      at = this.#skipper.skip(message.bytes, at, message.end)
      if (at < 0) return `argument ${i} ${this.#skipper.failure}`
    }
    return at === message.end ? none(head, at, at) : this.#map(message, head, at)
  }

  /** map ::= ['H' | 'M' type] (value value)* 'Z' (Hessian 2.0 §4.9), or null in its place. */
  #map(message: Message, of: RequestHead | ResultForm, start: number): Attachments | string {
    const { bytes, end } = message
    if (nullAt(bytes, start, end)) return none(of, start, start + 1)
    let at = this.#skipper.openMap(bytes, start, end)
    const spans: number[] = []
    while (at >= 0) {
      if (at < end && u8(bytes, at) === END)
        return new Attachments(of, { at: start, end: at + 1, closeAt: at }, spans)
      if (spans.length === ATTACHMENTS_MAX * 3) return `there are more than ${ATTACHMENTS_MAX} attachments`
      const valueAt = this.#skipper.skip(bytes, at, end)
      if (valueAt < 0) break
      const next = this.#skipper.skip(bytes, valueAt, end)
      spans.push(at, valueAt, next)
      at = next
    }
    return `the map of attachments ${this.#skipper.failure}`
  }
}

function none(of: RequestHead | ResultForm, at: number, end: number): Attachments {
  return new Attachments(of, { at, end, closeAt: -1 }, [])
}
