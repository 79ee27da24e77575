/** WireId: a request id as `encode` takes it, and the ids that a codec of some width carries. */
import type { Codec } from '../../codec.ts'

export interface WireId {
  readonly high: number
  readonly low: number
  readonly text?: string | undefined
}

/** The smallest and the largest, and those where a sign, a half or what a double holds begins. */
const EXTREMES: readonly (readonly [high: number, low: number])[] = [
  [0, 0],
  [0, 1],
  [0, 0x7f],
  [0, 0x80],
  [0, 0xff],
  [0, 0x7fff],
  [0, 0x8000],
  [0, 0xffff],
  [0, 0x00ff_ffff],
  [0, 0x7fff_ffff],
  [0, 0x8000_0000],
  [0, 0xffff_ffff],
  [1, 0],
  [0x001f_ffff, 0xffff_ffff],
  [0x0020_0000, 1],
  [0x7fff_ffff, 0xffff_ffff],
  [0x8000_0000, 0],
  [0xffff_ffff, 0xffff_ffff],
]

/** The extremes that the codec's width allows, each once; two where there are no ids. */
export function extremeIds(codec: Codec): readonly WireId[] {
  const chosen = codec.idBits === 0 ? EXTREMES.slice(0, 2) : EXTREMES
  const ids = chosen.map(([high, low]) => wireId(codec, high, low))
  return ids.filter((id, index) => ids.findIndex((other) => idText(other) === idText(id)) === index)
}

/** As much of a number as the codec carries; a text of decimal digits where ids are texts. */
export function wireId(codec: Codec, high: number, low: number): WireId {
  const bits = codec.idBits
  const cut = BigInt.asUintN(bits, (BigInt(high) << 32n) | BigInt(low))
  if (codec.textIds === true) return { high: 0, low: 0, text: String(cut) }
  return { high: Number(cut >> 32n), low: Number(cut & 0xffff_ffffn) }
}

export function idText({ high, low, text }: WireId): string {
  return text ?? String((BigInt(high) << 32n) | BigInt(low))
}

/** Whether an id came through; texts may have got zeros in front. */
export function sameId(codec: Codec, left: string, right: string): boolean {
  if (codec.textIds !== true) return left === right
  return left.replace(/^0+(?=.)/, '') === right.replace(/^0+(?=.)/, '')
}
