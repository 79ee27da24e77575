/** What a codec has connections begin with, as text; empty where it says nothing. */
import { ByteWriter, type Codec, type Direction } from '../../sdk/index.ts'

export function prefaceOf(codec: Codec, direction: Direction): string {
  const out = new ByteWriter()
  codec.encodePreface?.(direction, out)
  return out.toBuffer().toString()
}
