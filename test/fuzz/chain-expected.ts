/**
 * ChainExpected: what a guest is to be shown, and what is to leave, worked out from the received bytes and the edits alone,
 * by a codec and a writer that have seen nothing before.
 */
import { type BlockTimes, BlockWriter, type Resume } from '../../core/guest/block.ts'
import type { Reads } from '../../core/guest/declaration.ts'
import { DubboCodec } from '../../plugins/dubbo/codec.ts'
import { abi } from '../../sdk/abi/abi.ts'
import { ByteWriter, type Edit, type Message, Mutation, type Origin, type Outcome } from '../../sdk/index.ts'

/** A message as far as it has come. */
export interface ExpectedMessage {
  readonly response: boolean
  readonly frame: Buffer
  readonly origin: Origin
  readonly edits: Edit[]
  newBody: Buffer | undefined
  /** What those who have read it have found wrong with it. */
  problem: string | undefined
}

/** What stands in a block. */
export interface ExpectedBlock {
  readonly phase: number
  readonly times: BlockTimes
  readonly handle: number
  /** The number of the configuration; absent where the plugin has only one. */
  readonly config: number | undefined
  readonly message: ExpectedMessage
  readonly reads: Reads
  readonly beside?: { readonly message: ExpectedMessage; readonly reads: Reads } | undefined
  readonly resume?: Resume | undefined
  readonly outcome?: Outcome | undefined
}

/** The block; the messages remember what was found wrong with them while it was written. */
export function expectedBlock(parts: ExpectedBlock): Buffer {
  const { phase, times, message, handle, reads, beside, config } = parts
  const writer = new BlockWriter(config !== undefined)
  writer.begin(phase, times)
  show(writer, message, handle, reads, config)
  if (parts.resume !== undefined) writer.resume(parts.resume)
  if (parts.outcome !== undefined) writer.outcome(parts.outcome)
  if (beside !== undefined) show(writer, beside.message, 0, beside.reads, config)
  writer.finish()
  return Buffer.from(writer.bytes.subarray(0, writer.size))
}

/** The frame that leaves under this id, or why there is none. */
export function expectedFrame(message: ExpectedMessage, id: number): string {
  const fresh = freshOf(message)
  const written = writtenBy(new DubboCodec(), fresh, id)
  message.problem = fresh.problem
  return written
}

export function writtenBy(codec: DubboCodec, message: Message, id: number): string {
  const out = new ByteWriter()
  const problem = codec.encode(message, 0, id, out)
  return problem ?? out.toBuffer().toString('hex')
}

/** What the words of two blocks, or their bytes, differ in first. */
export function differenceOf(shown: Buffer, expected: Buffer): string {
  let at = 0
  while (at < shown.length && shown[at] === expected[at]) at++
  const around = (bytes: Buffer) => bytes.toString('hex', Math.max(0, at - 16), at + 32)
  return `differs at ${at} of ${shown.length} and ${expected.length}: …${around(shown)}… and not …${around(expected)}…`
}

export function handleOf(block: Buffer): number {
  return block.readUInt32LE(abi.header.bytes + abi.record.handle)
}

export function idOf(block: Buffer): number {
  return block.readUInt32LE(abi.header.bytes + abi.record.idLow)
}

function show(writer: BlockWriter, message: ExpectedMessage, handle: number, reads: Reads, config = 0): void {
  const fresh = freshOf(message)
  writer.message(fresh, handle, reads, config)
  message.problem = fresh.problem
}

function freshOf({ response, frame, origin, edits, newBody, problem }: ExpectedMessage): Message {
  const found: Message[] = []
  const decoder = new DubboCodec().createDecoder(response ? 'response' : 'request', { bodyBytesMax: 1 << 20 })
  const ignored = () => {}
  decoder.decode(Buffer.from(frame), {
    ...{ need: ignored, refused: ignored, malformed: ignored },
    message: (message) => found.push(message),
  })
  const [message] = found
  if (message === undefined) throw new Error('the frame is none')
  message.origin = origin
  message.problem = problem
  const mutation = new Mutation()
  for (const edit of edits) mutation.repeat(edit)
  if (newBody !== undefined) mutation.body(newBody)
  message.mutation = mutation
  return message
}
