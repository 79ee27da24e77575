/** LineWriter: writes a line whose words differ from those it is made of. Nothing that would end a word or the line gets in. */
import { ByteWriter } from '../bytes.ts'
import type { EncodeProblem } from '../codec.ts'
import type { Message } from '../message.ts'
import type { Draft } from './draft.ts'
import type { Field } from './field.ts'
import type { LinePlan } from './line-plan.ts'

export class LineWriter {
  readonly #plan: LinePlan

  constructor(plan: LinePlan) {
    this.#plan = plan
  }

  /** A line without an end gets the protocol's; the id is written where lines have one. */
  write(
    message: Message,
    draft: Draft,
    idText: string | undefined,
    out: ByteWriter,
  ): EncodeProblem | undefined {
    const { fields, id, between, end } = this.#plan
    if (id !== undefined && idText !== undefined) draft.texts.set(id, Buffer.from(idText))
    const line = new ByteWriter()
    let words = 0
    for (const [index, field] of fields.entries()) {
      const word = this.#word(message, draft, field)
      if (typeof word === 'string') return draft.blamed(word)
      if (word === undefined) continue
      for (; words < index; words++) line.copy(between, 0, between.length)
      const problem = this.#unfit(field, word)
      if (problem !== undefined) return draft.blamed(problem)
      line.copy(word, 0, word.length)
    }
    const written = line.toBuffer()
    const size = written.length + end.length
    if (size > this.#plan.lineBytesMax)
      return draft.blamed(`a line of ${size} bytes is over the limit of ${this.#plan.lineBytesMax}`)
    out.copy(written, 0, written.length)
    const endAt = message.start + message.mark0
    if (endAt < message.end) out.copy(message.bytes, endAt, message.end)
    else out.copy(end, 0, end.length)
    return undefined
  }

  /** The bytes of a field; `undefined` when the line has none, and a text when they cannot be written. */
  #word(message: Message, draft: Draft, field: Field): Buffer | EncodeProblem | undefined {
    const text = draft.texts.get(field)
    for (const [area, edits] of draft.areas) {
      if (area.field !== field) continue
      const out = new ByteWriter()
      return area.area.write(out, edits.bytes, edits.spans, edits.items) ?? out.toBuffer()
    }
    if (text !== undefined) return text
    const { view } = this.#plan
    return view.locate(message, field) ? message.bytes.subarray(view.from, view.to) : undefined
  }

  #unfit(field: Field, word: Buffer): EncodeProblem | undefined {
    const { end, alsoEnd, between, body } = this.#plan
    const refused = [end, ...(alsoEnd === undefined ? [] : [alsoEnd]), ...(field === body ? [] : [between])]
    if (!refused.some((mark) => word.includes(mark)) && !endsInside(word, end)) return undefined
    return `"${field.name}" would hold what ends a ${field === body ? 'line' : 'word'}`
  }
}

/** Whether a word ends with the beginning of the line's end, so that the end would be found too early or too late. */
function endsInside(word: Buffer, end: Buffer): boolean {
  for (let size = 1; size < end.length; size++)
    if (word.length >= size && word.subarray(word.length - size).equals(end.subarray(0, size))) return true
  return false
}
