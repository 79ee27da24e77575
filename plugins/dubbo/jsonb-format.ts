/**
 * Bodies of serialization 23, fastjson2: every string, argument, value and map of the body is a JSONB document of
 * its own with its size in front, in the same order as in Hessian 2.0.
 *
 *     body ::= (size document)*      # size: four bytes, big endian
 */
import { type ByteWriter, type Message, u8, u32 } from '../../sdk/index.ts'
import { Attachments, FORM_MAX, FORM_NULL, FORM_WITH_ATTACHMENTS, type ResultForm } from './attachments.ts'
import type { BodyFormat } from './body-format.ts'
import type { BodyPlan } from './body-plan.ts'
import type { ChunkView } from './chunk-view.ts'
import { jsonbHead } from './jsonb-head.ts'
import { JsonbSkipper, OBJECT, OBJECT_END } from './jsonb-skipper.ts'
import {
  jsonbInteger,
  jsonbIntegerSize,
  jsonbStringSize,
  jsonbStringTag,
  jsonbText,
  skipJsonbString,
  writeJsonbString,
} from './jsonb-strings.ts'
import { jsonbNumberedTag, jsonbPartsKind, jsonbScalarText } from './jsonb-values.ts'
import { ATTACHMENTS_MAX } from './limits.ts'
import { HeadCache, RequestHead } from './request-head.ts'
import { sameAscii } from './same-ascii.ts'

const SIZE_BYTES = 4
const NULL = 0xaf
const BYTE = 0xbd
const SHORT_STRING = 0x49

export class JsonbFormat implements BodyFormat {
  readonly open = OBJECT
  readonly close = OBJECT_END
  readonly sized = true
  readonly #heads: HeadCache
  readonly #skipper = new JsonbSkipper()

  constructor(view: ChunkView) {
    this.#heads = new HeadCache(view)
  }

  head(message: Message): RequestHead | string {
    return jsonbHead(message.bytes, message.start + message.headerSize, message.end, this.#heads)
  }

  form(message: Message): ResultForm | string {
    const { bytes } = message
    const at = message.start + message.headerSize
    const end = documentEnd(bytes, at, message.end)
    const form = end < 0 ? -1 : formValue(bytes, at + SIZE_BYTES, end)
    if (form < 0) return 'the body does not begin with the form of a result'
    if (form > FORM_MAX) return `the form of the result is ${form}, which Dubbo does not have`
    return { form, at, end }
  }

  attachments(message: Message, of: RequestHead | ResultForm): Attachments | string {
    const { bytes, end } = message
    if (!(of instanceof RequestHead)) {
      const isNull = of.form % FORM_WITH_ATTACHMENTS === FORM_NULL
      const at = isNull ? of.end : documentEnd(bytes, of.end, end)
      if (at < 0) return 'the value is cut off'
      if (of.form >= FORM_WITH_ATTACHMENTS) return this.#map(message, of, at)
      return new Attachments(of, { at, end: at, closeAt: -1 }, [])
    }
    if (of.argumentCount < 0) return `the parameter types ${JSON.stringify(of.types)} are no descriptor`
    let at = message.start + message.headerSize + of.offsets.size
    for (let i = 1; i <= of.argumentCount; i++) {
      at = documentEnd(bytes, at, end)
      if (at < 0) return `argument ${i} is cut off`
    }
    return at === end ? new Attachments(of, { at, end, closeAt: -1 }, []) : this.#map(message, of, at)
  }

  sameKey(bytes: Buffer, at: number, end: number, key: string): boolean {
    const tag = u8(bytes, at)
    if (!jsonbStringTag(tag)) return false
    if (end - at === key.length + 1 && tag === SHORT_STRING + key.length && sameAscii(bytes, at + 1, key))
      return true
    return jsonbText(bytes, at, end) === key
  }

  keyText(bytes: Buffer, at: number, end: number): string | undefined {
    return jsonbStringTag(u8(bytes, at)) ? jsonbText(bytes, at, end) : undefined
  }

  text(bytes: Buffer, at: number, end: number): string | undefined {
    return jsonbScalarText(bytes, at, end)
  }

  kindOf(bytes: Buffer, at: number): string | undefined {
    return jsonbPartsKind(u8(bytes, at))
  }

  numbered(bytes: Buffer, at: number): boolean {
    return jsonbNumberedTag(u8(bytes, at))
  }

  errorText(message: Message): string | undefined {
    const { bytes } = message
    const at = message.start + message.headerSize
    const end = documentEnd(bytes, at, message.end)
    if (end < 0 || skipJsonbString(bytes, at + SIZE_BYTES, end) !== end) return undefined
    return jsonbText(bytes, at + SIZE_BYTES, end)
  }

  textSize(text: string): number {
    return jsonbStringSize(text)
  }

  writeText(out: ByteWriter, text: string): void {
    writeJsonbString(out, text)
  }

  planText(plan: BodyPlan, text: string): void {
    plan.setSize(plan.reserveSize(), jsonbStringSize(text))
    plan.text(text)
  }

  planForm(plan: BodyPlan, form: number): void {
    plan.setSize(plan.reserveSize(), 2)
    plan.byte(BYTE)
    plan.byte(form)
  }

  #map(message: Message, of: RequestHead | ResultForm, start: number): Attachments | string {
    const { bytes } = message
    const end = documentEnd(bytes, start, message.end)
    if (end < 0) return 'the map of attachments is cut off'
    const first = start + SIZE_BYTES
    if (end === first || u8(bytes, first) === NULL)
      return new Attachments(of, { at: start, end, closeAt: -1 }, [])
    let at = this.#skipper.openObject(bytes, first, end)
    const spans: number[] = []
    while (at >= 0) {
      if (at < end && u8(bytes, at) === OBJECT_END) {
        return new Attachments(of, { at: start, end, closeAt: at }, spans)
      }
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

/** The offset behind the document whose size stands at `at`, or -1 when it is not whole. */
export function documentEnd(bytes: Buffer, at: number, end: number): number {
  if (at + SIZE_BYTES > end) return -1
  const size = u32(bytes, at)
  return size > end - at - SIZE_BYTES ? -1 : at + SIZE_BYTES + size
}

/** The form is a byte; a reader takes any int. */
function formValue(bytes: Buffer, at: number, end: number): number {
  if (at >= end) return -1
  const tag = u8(bytes, at)
  if (tag === BYTE) return at + 2 <= end ? u8(bytes, at + 1) : -1
  const size = jsonbIntegerSize(tag)
  return size > 0 && at + size <= end ? jsonbInteger(bytes, at) : -1
}
