/**
 * GuestBuilder: the exports that every WebAssembly guest has, around whatever a test wants its `weir_call` to do. The
 * memory: block from 4 KiB, room for the answer from 64 KiB, canned bytes from 128 KiB on.
 */
import { abi } from '../../../../sdk/abi/abi.ts'
import { code } from './code.ts'
import { ModuleBuilder } from './module-builder.ts'
import { op } from './op.ts'

export const INPUT_AT = 4_096
export const ANSWER_AT = 65_536
export const CANNED_AT = 131_072
/** Parameters of `weir_call`. */
export const PHASE = 0
export const SIZE = 1

export class GuestBuilder {
  readonly module = new ModuleBuilder()
  #cannedAt = CANNED_AT

  constructor(pages = 4) {
    this.module.memory(pages)
    this.module.export('memory', 2, 0)
  }

  /** Puts bytes into the memory and answers where they are. */
  can(bytes: Uint8Array): number {
    const at = this.#cannedAt
    this.module.data(at, [...bytes])
    this.#cannedAt = (at + bytes.length + 7) & ~7
    return at
  }

  /** The module; `call` has the phase and the size as locals 0 and 1, and `locals` behind them. */
  build(
    call: readonly number[],
    options: { readonly locals?: readonly number[]; readonly input?: readonly number[] } = {},
  ): Uint8Array<ArrayBuffer> {
    const { module } = this
    const large = code.geU(code.get(0), code.i32(ANSWER_AT - INPUT_AT))
    // What is too large for the fixed buffer goes behind everything else.
    const grown = code.mul([op.memorySize, 0], code.i32(65_536))
    const pages = code.add([...code.get(0), ...code.i32(16), 0x76], code.i32(1))
    const input = options.input ?? [
      ...code.if(large, code.set(1, grown), [...pages, op.memoryGrow, 0, op.drop], code.return(code.get(1))),
      ...code.i32(INPUT_AT),
    ]
    module.exportedFunction('weir_input', [op.i32], [op.i32], input, [op.i32])
    const index = module.exportedFunction('weir_call', [op.i32, op.i32], [op.i32], call, options.locals ?? [])
    module.export(abi.marker, 0, index)
    return module.bytes()
  }
}

/** A guest that answers each phase with the same bytes, the handle of the message put into every operation. */
export function cannedGuest(
  answers: Partial<Record<keyof typeof abi.phase, Buffer>>,
  prepare: (builder: GuestBuilder) => void = () => {},
): Uint8Array<ArrayBuffer> {
  const builder = new GuestBuilder()
  prepare(builder)
  const handle = code.load(code.i32(INPUT_AT), abi.header.bytes + abi.record.handle)
  const parts = Object.entries(abi.phase).map(([name, number]) => {
    const bytes = Object.entries(answers).find(([phase]) => phase === name)?.[1]
    if (bytes === undefined) return []
    const at = builder.can(bytes)
    const patches =
      name === 'configure'
        ? []
        : handlesIn(bytes).flatMap((offset) => code.store(code.i32(at + offset), handle))
    return code.if(code.eq(code.get(PHASE), code.i32(number)), patches, code.return(code.i32(at)))
  })
  return builder.build([...parts.flat(), ...code.i32(0)])
}

/** Where the handles are in a list that is well formed; none in one that is not. */
function handlesIn(list: Buffer): number[] {
  const places: number[] = []
  for (let at = 4; at + abi.opHeader.bytes <= list.length; ) {
    places.push(at + abi.opHeader.message)
    const size = list.readUInt32LE(at + abi.opHeader.size)
    if (size < abi.opHeader.bytes) return []
    at += (size + 3) & ~3
  }
  return places
}
