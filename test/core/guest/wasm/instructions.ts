/** Every instruction over numbers, vectors and memory that the engine knows, in all encodings that it may have. */
import { unsigned } from './encode.ts'
import { op } from './op.ts'
import { type Signature, signatureOf } from './signatures.ts'

const zeros = (count: number) => new Array<number>(count).fill(0)

/** Immediates that instructions may have; the first that the engine takes is the instruction's. */
const IMMEDIATES: readonly (readonly number[])[] = [[], [0], [0, 0], [0, 0, 0], zeros(4), zeros(8), zeros(16)]

/** Not to be tried one by one: control, and what refers to locals, globals, tables and segments. */
const PLAIN_FIRST = 0x28
const PLAIN_LAST = 0xcf
const BULK_LAST = 11

/** Instructions by a name that says their bytes. */
export function engineInstructions(): Map<string, Signature> {
  const found = new Map<string, Signature>()
  const add = (opcode: readonly number[]) => {
    const signature = IMMEDIATES.map((bytes) => signatureOf([...opcode, ...bytes])).find((each) => each)
    if (signature !== undefined) found.set(opcode.map((byte) => byte.toString(16)).join(' '), signature)
  }
  for (let opcode = PLAIN_FIRST; opcode <= PLAIN_LAST; opcode++) add([opcode])
  for (let opcode = 0; opcode <= BULK_LAST; opcode++) add([op.bulk, opcode])
  for (let opcode = 0; opcode < 0x120; opcode++) add([op.simd, ...unsigned(opcode)])
  return found
}
