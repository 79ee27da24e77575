/**
 * LineProgram: runs the line number program of one unit (DWARF 4 and 5, §6.2.5), and tells of each row for which addresses
 * it holds: from its own to the next row's. What a program claims is not believed further than that.
 */
import type { DebugReader } from './debug-reader.ts'
import type { LineUnit } from './line-unit.ts'

/** Standard opcodes (§7.22). */
const op = {
  extended: 0,
  copy: 1,
  advancePc: 2,
  advanceLine: 3,
  setFile: 4,
  setColumn: 5,
  constAddPc: 8,
  fixedAdvancePc: 9,
} as const
const extended = { endSequence: 1, setAddress: 2 } as const
const ADDRESS_BYTES = 4
const LAST_OPCODE = 255

/** Hears of rows: a line of zero is of code that comes from nowhere. */
export interface LineRows {
  row(
    from: number,
    to: number,
    place: { readonly file: number; readonly line: number; readonly column: number },
  ): void
}

export class LineProgram {
  file = 1
  line = 1
  column = 0
  readonly #unit: LineUnit
  readonly #rows: LineRows
  #address = 0
  /** The row before, while its sequence goes on. */
  readonly #last = { file: 1, line: 0, column: 0 }
  #lastAddress = 0
  #going = false

  constructor(unit: LineUnit, rows: LineRows) {
    this.#unit = unit
    this.#rows = rows
  }

  run(): void {
    const { program, opcodeBase } = this.#unit
    while (program.remaining > 0) {
      const opcode = program.byte()
      if (opcode >= opcodeBase) this.#special(opcode)
      else if (opcode === op.extended) this.#extended(program)
      else this.#standard(opcode, program)
    }
  }

  /** Moves address and line in one (§6.2.5.1). */
  #special(opcode: number): void {
    const { lineBase, lineRange, opcodeBase } = this.#unit
    const adjusted = opcode - opcodeBase
    this.#advance(Math.floor(adjusted / lineRange))
    this.line = (this.line + lineBase + (adjusted % lineRange)) | 0
    this.#row()
  }

  #standard(opcode: number, program: DebugReader): void {
    const { lineRange, opcodeBase, operands } = this.#unit
    switch (opcode) {
      case op.copy:
        this.#row()
        return
      case op.advancePc:
        this.#advance(program.unsigned())
        return
      case op.advanceLine:
        this.line = (this.line + program.signed()) | 0
        return
      case op.setFile:
        this.file = program.unsigned()
        return
      case op.setColumn:
        this.column = program.unsigned()
        return
      case op.constAddPc:
        this.#advance(Math.floor((LAST_OPCODE - opcodeBase) / lineRange))
        return
      case op.fixedAdvancePc:
        this.#address = (this.#address + program.u16()) >>> 0
        return
      default:
        for (let left = operands[opcode - 1] ?? 0; left > 0; left--) program.unsigned()
    }
  }

  #extended(program: DebugReader): void {
    const size = program.unsigned()
    const start = program.skip(size)
    const opcode = size === 0 ? undefined : program.bytes[start]
    if (opcode === extended.endSequence) this.#endSequence()
    else if (opcode === extended.setAddress && size === 1 + ADDRESS_BYTES)
      this.#address = program.bytes.readUInt32LE(start + 1)
  }

  #advance(instructions: number): void {
    this.#address = (this.#address + instructions * this.#unit.instructionBytesMin) >>> 0
  }

  #row(): void {
    if (this.#going) this.#rows.row(this.#lastAddress, this.#address, this.#last)
    this.#going = true
    this.#lastAddress = this.#address
    this.#last.file = this.file
    this.#last.line = this.line
    this.#last.column = this.column
  }

  #endSequence(): void {
    if (this.#going) this.#rows.row(this.#lastAddress, this.#address, this.#last)
    this.#going = false
    this.#address = 0
    this.file = 1
    this.line = 1
    this.column = 0
  }
}
