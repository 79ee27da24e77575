/**
 * Constant expressions (WebAssembly core specification §3.3.10, §5.4.11): initial values of globals, offsets of
 * segments. They run while a module is instantiated, without fuel, so their length is limited instead.
 */
import type { BinaryReader } from './binary-reader.ts'
import { refuseOpcode, skipPlain, skipSimd } from './instruction.ts'
import { SIMD_PREFIX } from './opcodes.ts'
import { Refusal } from './refusal.ts'
import type { ValueTypes } from './value-types.ts'

/** Instructions of one expression, `end` included: extended constants are sums of a few terms. */
const INSTRUCTIONS_MAX = 32

const END = 0x0b
const V128_CONST = 0x0c
/** global.get; the constants; addition, subtraction and multiplication; ref.null, ref.func. */
const ALLOWED: ReadonlySet<number> = new Set([
  0x23, 0x41, 0x42, 0x43, 0x44, 0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e, 0xd0, 0xd2,
])

/** Passes over an expression and its `end`. */
export function skipConstantExpression(reader: BinaryReader, types: ValueTypes): void {
  const start = reader.at
  for (let i = 0; i < INSTRUCTIONS_MAX; i++) {
    const at = reader.at
    const opcode = reader.byte()
    if (opcode === END) return
    if (opcode === SIMD_PREFIX) {
      if (skipSimd(reader, types, at) !== V128_CONST) throw refuseOpcode(reader, at)
    } else if (ALLOWED.has(opcode)) {
      skipPlain(reader, types, opcode, at)
    } else {
      throw refuseOpcode(reader, at)
    }
  }
  throw new Refusal('over_quota', `has a constant expression of over ${INSTRUCTIONS_MAX} instructions`, start)
}
