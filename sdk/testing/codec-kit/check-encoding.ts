/** CheckEncoding: an unmutated message leaves as it came, its id patched, and decodes as the same message again. */
import type { Message } from '../../message.ts'
import { changed, differences } from './byte-marks.ts'
import { type CodecKit, idOf } from './codec-kit.ts'
import { difference, factsOf } from './facts.ts'
import type { Sample } from './sample.ts'
import { type WireId, wireId } from './wire-id.ts'

/** Every byte of it is another. */
const OTHER_ID = [0x12345678, 0x9abcdef1] as const

export async function checkEncoding(kit: CodecKit): Promise<void> {
  for (const sample of kit.samples) {
    await kit.part(sample, 'Encoded unchanged', () => sameBytes(kit, sample))
    await kit.part(sample, 'Encoded under another id', () => otherId(kit, sample))
  }
}

async function sameBytes(kit: CodecKit, sample: Sample): Promise<void> {
  const message = await kit.decoded(sample.bytes, sample.direction)
  if (message === undefined) return
  const bytes = await plain(kit, sample, message, idOf(message))
  if (bytes === undefined) return
  if (!bytes.equals(sample.bytes))
    kit.add(
      'encode_differs',
      sample,
      'Encoded under its own id, the frame is another one',
      bytes,
      differences(sample.bytes, bytes),
    )
  const again = await kit.decoded(bytes, sample.direction)
  const original = await kit.decoded(sample.bytes, sample.direction)
  if (original === undefined) return
  const different =
    again === undefined ? 'it is not one message' : difference(factsOf(original), factsOf(again))
  if (different !== undefined)
    kit.add(
      'mirror_differs',
      sample,
      `Encoded and decoded again, ${different}`,
      bytes,
      changed(sample.bytes, bytes),
    )
}

async function otherId(kit: CodecKit, sample: Sample): Promise<void> {
  if (kit.codec.idBits === 0) return
  const first = await kit.decoded(sample.bytes, sample.direction)
  if (first === undefined) return
  const id = wireId(kit.codec, ...OTHER_ID)
  const moved = await plain(kit, sample, first, id)
  if (moved === undefined) return
  const message = await kit.decoded(moved, sample.direction)
  const original = await kit.decoded(sample.bytes, sample.direction)
  if (message === undefined || original === undefined) {
    kit.add(
      'mirror_differs',
      sample,
      'Encoded under another id, it is not one message',
      moved,
      changed(sample.bytes, moved),
    )
    return
  }
  const different = difference(factsOf(original), factsOf(message), ['id', 'size', 'header-size'])
  if (different !== undefined)
    kit.add(
      'encode_differs',
      sample,
      `Encoded under another id, ${different}`,
      moved,
      changed(sample.bytes, moved),
    )
  const back = await plain(kit, sample, message, idOf(original))
  if (back !== undefined && !back.equals(sample.bytes))
    kit.add(
      'encode_differs',
      sample,
      'Encoded under another id and back, the frame is another one',
      back,
      differences(sample.bytes, back),
    )
}

async function plain(
  kit: CodecKit,
  sample: Sample,
  message: Message,
  id: WireId,
): Promise<Buffer | undefined> {
  const written = await kit.written(message, id)
  if (written.kind === 'bytes') return written.bytes
  kit.add('encode_problem', sample, `An unchanged message was refused: ${written.text}`)
  return undefined
}
