/** CheckIds: the smallest and the largest ids that the width allows, and those where a sign or a half begins. */

import { changed, differences } from './byte-marks.ts'
import type { CodecKit } from './codec-kit.ts'
import type { Sample } from './sample.ts'
import { extremeIds, idText, sameId } from './wire-id.ts'

export async function checkIds(kit: CodecKit): Promise<void> {
  const kinds = new Set<string>()
  for (const sample of kit.samples) {
    // One of each kind is enough.
    if (kinds.has(sample.kind ?? '')) continue
    kinds.add(sample.kind ?? '')
    await kit.part(sample, 'Encoded under an id at an extreme', () => extremes(kit, sample))
  }
}

async function extremes(kit: CodecKit, sample: Sample): Promise<void> {
  for (const id of extremeIds(kit.codec)) {
    const message = await kit.decoded(sample.bytes, sample.direction)
    if (message === undefined) return
    const written = await kit.written(message, id)
    if (written.kind === 'problem') {
      kit.add('encode_problem', sample, `Under the id ${idText(id)} it was refused: ${written.text}`)
      return
    }
    if (kit.codec.idBits === 0) {
      if (!written.bytes.equals(sample.bytes))
        kit.add(
          'encode_differs',
          sample,
          'The protocol has no ids, and another id changes the bytes',
          written.bytes,
          differences(sample.bytes, written.bytes),
        )
      continue
    }
    const again = await kit.decoded(written.bytes, sample.direction)
    if (again === undefined || !sameId(kit.codec, again.requestId, idText(id)))
      kit.add(
        'id_lost',
        sample,
        `Encoded under the id ${idText(id)}, it decodes ${again === undefined ? 'as no message' : `with the id ${again.requestId}`}`,
        written.bytes,
        changed(sample.bytes, written.bytes),
      )
  }
}
