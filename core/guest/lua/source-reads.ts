/**
 * SourceReads: what a plugin reads, as far as its source says it plainly: keys that stand as a text in `get("…")`,
 * and the fields that have to be asked for. So most plugins need declare nothing; keys that are computed need `reads`.
 * A key too many costs a little, a key too few is an error that names it.
 */
import { abi } from '../../../sdk/abi/abi.ts'

const KEYS_MAX = 64
const KEY_CALL = /\b(?:get|getAll|has)[ \t]{0,8}\(?[ \t]{0,8}(?:"([^"\\\n]{1,256})"|'([^'\\\n]{1,256})')/g
const OPERATION = /\boperation\b/
const CONFIG = /\.[ \t]{0,8}config\b/
const REQUEST = /\.[ \t]{0,8}request\b/

export interface SourceReads {
  readonly keys: readonly string[]
  /** Bits of `abi.want`. */
  readonly wants: number
}

/** Looks through a source, one byte a character. */
export function sourceReads(source: string): SourceReads {
  const keys = new Set<string>()
  for (const [, double, single] of source.matchAll(KEY_CALL)) {
    if (keys.size < KEYS_MAX) keys.add(double ?? single ?? '')
  }
  const wants =
    (OPERATION.test(source) ? abi.want.operation : 0) |
    (REQUEST.test(source) ? abi.want.requestWithResponse : 0) |
    (CONFIG.test(source) ? abi.want.routeConfig : 0)
  return { keys: [...keys], wants }
}
