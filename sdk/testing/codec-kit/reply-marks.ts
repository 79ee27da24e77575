/** ReplyMarks: which bytes of a reply that a codec wrote itself are to be looked at, when it does not read as it should. */
import type { Message } from '../../message.ts'
import type { CodecKit } from './codec-kit.ts'
import type { Mark } from './finding.ts'
import { lengthFields } from './length-fields.ts'
import type { Sample } from './sample.ts'

/** A clause that says what the bytes decode as, and the bytes that make it so. */
export interface Misread {
  readonly what: string
  readonly marks: readonly Mark[]
}

/** What is behind the first whole message; else, of a frame that claims more than is there, where replies have their lengths. */
export async function misread(kit: CodecKit, written: Buffer): Promise<Misread> {
  const { messages, failure, pendingBytes } = await kit.trial('response').give(written)
  const end = messages[0]?.end ?? 0
  const behind = end > 0 && end < written.length ? [{ at: end, size: written.length - end }] : []
  if (failure !== undefined) {
    const what = `${countOf(messages)}, then as malformed (${failure.code}): ${failure.text}`
    return { what, marks: behind.length > 0 ? behind : await lengths(kit, written) }
  }
  if (pendingBytes === 0) return { what: countOf(messages), marks: behind }
  const what = `${countOf(messages)}, with ${pendingBytes} bytes of one that is not whole`
  return { what, marks: behind.length > 0 ? behind : await lengths(kit, written) }
}

/** Where all replies of the vectors have one thing and all requests, as these bytes, another. */
export function kindMarks(kit: CodecKit, written: Buffer): readonly Mark[] {
  const requests = kit.samples.filter(({ kind }) => kind === 'request')
  const replies = kit.samples.filter(isReply)
  const size = Math.min(written.length, ...[...requests, ...replies].map(({ bytes }) => bytes.length))
  if (requests.length === 0 || replies.length === 0) return []
  const marks: Mark[] = []
  for (let at = 0; at < size; at++) {
    const asked = requests.every(({ bytes }) => bytes[at] === written[at])
    const never = replies.every(({ bytes }) => bytes[at] !== written[at])
    if (asked && never) marks.push({ at, size: 1 })
  }
  return marks
}

async function lengths(kit: CodecKit, written: Buffer): Promise<readonly Mark[]> {
  const reply = kit.samples.find(isReply)
  const fields = reply === undefined ? [] : await lengthFields(kit, reply)
  return fields.filter(({ at, size }) => at + size <= written.length).map(({ at, size }) => ({ at, size }))
}

function isReply({ kind }: Sample): boolean {
  return kind === 'response' || kind === 'error'
}

function countOf({ length }: readonly Message[]): string {
  return length === 0 ? 'no message' : length === 1 ? 'one message' : `${length} messages`
}
