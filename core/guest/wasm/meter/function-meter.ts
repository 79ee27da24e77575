/**
 * Meters one function at a time. Going through the code, it keeps the *debt*: the most that can have been spent on
 * any path to this point since the last check. Where paths meet, the larger debt counts; an instruction that would
 * bring it to {@link DEBT_MAX} is paid for before it runs; a loop's header pays for its dearest way round, and a
 * function's entry for its dearest way out. So whatever is executed has been paid for up to {@link DEBT_MAX}, however
 * it is written: the guest's constants and branches have no say.
 *
 * The engine validates the code as well; here only lengths and depths are checked. There is no recursion, and the
 * work is linear in the bytes.
 */
import type { BinaryReader } from './binary-reader.ts'
import type { BinaryWriter } from './binary-writer.ts'
import { CheckList } from './check-list.ts'
import { bulkCosts, IMPORTED_CALL_COST, plainCosts, simdCosts } from './costs.ts'
import { lengthCharge, u32Size } from './fuel-code.ts'
import { refuseOpcode, skipBulk, skipPlain, skipSimd } from './instruction.ts'
import { NumberList } from './number-list.ts'
import { BULK_PREFIX, immediate, plainImmediates, SIMD_PREFIX } from './opcodes.ts'
import { Refusal } from './refusal.ts'
import { bulkEffects, plainEffects, simdEffects } from './stack-effects.ts'
import type { TypeSpace } from './type-space.ts'
import type { ValueTypes } from './value-types.ts'

/**
 * Units that may be owed before straight code is interrupted by a check. Smaller is more exact where paths differ in
 * length, larger is faster.
 */
const DEBT_MAX = 128
/** Nesting of blocks; the largest switch of a compiled program has a few thousand cases. */
const DEPTH_MAX = 20_000
/** Locals of one function, parameters included. */
const LOCALS_MAX = 10_000
/** Groups of locals: a group may be of none. */
const LOCAL_GROUPS_MAX = 10_000

/**
 * What the engine's baseline compiler may have to carry through one function: values, of locals and on the stack, times
 * places where paths part or meet. It copies them all at each: 20 000 loops over 9000 locals, a module of 60 KB, took
 * it ten seconds, and more of them all the memory of the machine. So much takes about 30 ms; of the programs measured,
 * the main loop of a Lua interpreter has most, 48 000.
 */
const COMPILE_WORK_MAX = 2_000_000

const I32 = 0x7f
const CALL = 0x10
const EMPTY_BLOCK = 0x40
/** Block types that have no index: with no result and with one. */
const NO_VALUE = -2
const ONE_VALUE = -1
const MEMORY_GROW = 0x40

/** The lengths that bulk instructions are charged by (§5.4.5, §5.4.6): the last operand of each. */
const BULK_LENGTHS: ReadonlyMap<number, number> = new Map([
  [8, lengthCharge.bytes],
  [10, lengthCharge.bytes],
  [11, lengthCharge.bytes],
  [12, lengthCharge.elements],
  [14, lengthCharge.elements],
  [15, lengthCharge.elements],
  [17, lengthCharge.elements],
])

const frame = { block: 0, loop: 1, if: 2, function: 3 } as const

/** Where things lie in the module that is being metered. */
export interface FunctionMeterOptions {
  readonly values: ValueTypes
  readonly types: TypeSpace
  /** The index of the type of each function. */
  readonly functionTypes: NumberList
  /** Functions below this index are imported. */
  readonly importedFunctions: number
  /** The first of the meter's own functions. */
  readonly appendedFunctions: number
  readonly fuelGlobal: number
  readonly exceptions: boolean
}

export class FunctionMeter {
  readonly #options: FunctionMeterOptions
  readonly #checks: CheckList
  /** The blocks around the current instruction: what each is, the largest debt with which its label is reached, */
  readonly #kinds = new NumberList()
  readonly #labelDebts = new NumberList()
  /** and for an `if` the debt at its start, for a loop the index of its check. */
  readonly #marks = new NumberList()
  /** The height of the stack within each block at its start, and behind its end. */
  readonly #startHeights = new NumberList()
  readonly #endHeights = new NumberList()
  #debt = 0
  #locals = 0
  #codeStart = 0
  #height = 0
  #work = 0

  constructor(options: FunctionMeterOptions) {
    this.#options = options
    this.#checks = new CheckList(options.fuelGlobal)
  }

  /** What the function metered last takes the compiler, as {@link COMPILE_WORK_MAX} counts. */
  get compileWork(): number {
    return this.#work
  }

  /** Reads a function's code (§5.5.13) to the reader's end, and writes it with its size in front. */
  meter(body: BinaryReader, params: number, source: Buffer, writer: BinaryWriter): void {
    const groups = body.count(LOCAL_GROUPS_MAX, 'groups of locals')
    const groupsStart = body.at
    const codeSize = this.#read(body, groups, params)
    const codeStart = this.#codeStart
    writer.u32(u32Size(groups + 1) + (codeStart - groupsStart) + 2 + codeSize)
    writer.u32(groups + 1)
    writer.copy(source, groupsStart, codeStart)
    writer.byte(1)
    writer.byte(I32)
    this.#checks.write(writer, source, codeStart, body.end, this.#locals - 1)
  }

  /** Where in the function as it was given that stands which has `left` bytes from it to the end of the metered one. */
  positionOf(body: BinaryReader, params: number, left: number): number {
    const codeSize = this.#read(body, body.count(LOCAL_GROUPS_MAX, 'groups of locals'), params)
    return this.#checks.positionAt(Math.max(0, codeSize - left), this.#codeStart, body.end, this.#locals - 1)
  }

  /** Answers how large the code will be. */
  #read(body: BinaryReader, groups: number, params: number): number {
    const start = body.at
    const scratchLocal = params + this.#readLocals(body, groups, params)
    this.#locals = scratchLocal + 1
    this.#codeStart = body.at
    this.#checks.clear()
    this.#checks.addCheck(body.at, 0)
    this.#readCode(body, start)
    return body.end - this.#codeStart + this.#checks.size(scratchLocal)
  }

  #readLocals(body: BinaryReader, groups: number, params: number): number {
    let locals = 0
    for (let i = 0; i < groups; i++) {
      const at = body.at
      locals += body.u32()
      this.#options.values.read(body)
      if (params + locals > LOCALS_MAX) {
        throw new Refusal('over_quota', `has a function of over ${LOCALS_MAX} locals`, at)
      }
    }
    return locals
  }

  #readCode(body: BinaryReader, start: number): void {
    this.#kinds.clear()
    this.#labelDebts.clear()
    this.#marks.clear()
    this.#startHeights.clear()
    this.#endHeights.clear()
    this.#debt = 0
    this.#height = 0
    this.#work = 0
    this.#enter(frame.function, 0, NO_VALUE, start)
    while (this.#kinds.count > 0) this.#readInstruction(body)
    if (body.at !== body.end)
      throw new Refusal('malformed', 'has bytes behind the end of a function', body.at)
  }

  #readInstruction(body: BinaryReader): void {
    const at = body.at
    const opcode = body.byte()
    if (opcode === BULK_PREFIX) this.#readBulk(body, at)
    else if (opcode === SIMD_PREFIX) this.#readSimd(body, at)
    else if (plainImmediates[opcode] === immediate.control) this.#readControl(body, opcode, at)
    else {
      skipPlain(body, this.#options.values, opcode, at)
      this.#owe(plainCosts[opcode] ?? 0, at)
      this.#height += plainEffects[opcode] ?? 0
      if (opcode === MEMORY_GROW) this.#chargeLength(lengthCharge.pages, at)
    }
  }

  #readSimd(body: BinaryReader, at: number): void {
    const opcode = skipSimd(body, this.#options.values, at)
    this.#owe(simdCosts[opcode] ?? 0, at)
    this.#height += simdEffects[opcode] ?? 0
  }

  #readBulk(body: BinaryReader, at: number): void {
    const opcode = skipBulk(body, this.#options.values, at)
    this.#owe(bulkCosts[opcode] ?? 0, at)
    this.#height += bulkEffects[opcode] ?? 0
    const length = BULK_LENGTHS.get(opcode)
    if (length !== undefined) this.#chargeLength(length, at)
  }

  #chargeLength(kind: number, at: number): void {
    this.#checks.addCall(at, this.#options.appendedFunctions + kind)
  }

  #readControl(body: BinaryReader, opcode: number, at: number): void {
    if (opcode !== CALL) this.#owe(plainCosts[opcode] ?? 0, at)
    switch (opcode) {
      case 0x00: // unreachable
        this.#leave()
        return
      case 0x02: // block
        this.#enter(frame.block, 0, this.#readBlockType(body), at)
        return
      case 0x03: // loop
        this.#enterLoop(this.#readBlockType(body), body.at, at)
        return
      case 0x04: // if
        this.#height--
        this.#carry(at)
        this.#enter(frame.if, this.#debt, this.#readBlockType(body), at)
        return
      case 0x05: // else
        this.#otherwise(at)
        return
      case 0x0b: // end
        this.#end()
        return
      case 0x0c: // br
        this.#branch(body.u32(), at)
        this.#leave()
        return
      case 0x0d: // br_if
        this.#height--
        this.#branch(body.u32(), at)
        return
      case 0x0e: // br_table
        this.#readBranchTable(body, at)
        return
      case 0x0f: // return
        this.#exit()
        this.#leave()
        return
      case CALL:
        this.#call(body.u32(), at)
        return
      case 0x11: // call_indirect
        this.#height--
        this.#passValues(this.#options.types.readIndex(body))
        body.u32()
        this.#mayThrow()
        return
      case 0x12: // return_call
        body.u32()
        this.#exit()
        this.#leave()
        return
      case 0x13: // return_call_indirect
        body.u32()
        body.u32()
        this.#exit()
        this.#leave()
        return
      default:
        this.#readException(body, opcode, at)
    }
  }

  /** `throw`, `throw_ref`, `try_table` (§5.4.1, WebAssembly 3.0). */
  #readException(body: BinaryReader, opcode: number, at: number): void {
    if (!this.#options.exceptions) {
      throw new Refusal('unsupported', 'uses exception handling, which is not accepted', at)
    }
    if (opcode === 0x08 || opcode === 0x0a) {
      if (opcode === 0x08) body.u32()
      this.#exit()
      this.#leave()
    } else if (opcode === 0x1f) {
      const type = this.#readBlockType(body)
      this.#readCatches(body)
      this.#enter(frame.block, 0, type, at)
    } else {
      throw refuseOpcode(body, at)
    }
  }

  /** A clause may be entered from anywhere within, so with the largest debt there is. */
  #readCatches(body: BinaryReader): void {
    const count = body.count(DEPTH_MAX, 'clauses of a try_table')
    for (let i = 0; i < count; i++) {
      const at = body.at
      const kind = body.byte()
      if (kind > 3) throw new Refusal('malformed', 'has an unknown kind of catch clause', at)
      if (kind < 2) body.u32()
      this.#branchWith(body.u32(), DEBT_MAX, at)
    }
  }

  #readBranchTable(body: BinaryReader, at: number): void {
    const count = body.count(body.remaining, 'targets of a br_table')
    for (let i = 0; i <= count; i++) this.#branch(body.u32(), at)
    this.#leave()
  }

  /** A block's type (§5.4.1): the index of one, or how many values there are without parameters, as below. */
  #readBlockType(body: BinaryReader): number {
    const at = body.at
    const byte = body.byte()
    if (byte === EMPTY_BLOCK) return NO_VALUE
    if (this.#options.values.accepts(byte)) return ONE_VALUE
    if ((byte & 0xc0) === 0x40) throw this.#options.values.refuse(byte, at)
    body.at = at
    const type = body.u33()
    if (type >= this.#options.types.count)
      throw new Refusal('malformed', 'has a block of an unknown type', at)
    return type
  }

  /** A call of a function by its index, paid for before. */
  #call(target: number, at: number): void {
    const { functionTypes, importedFunctions } = this.#options
    if (target >= functionTypes.count)
      throw new Refusal('malformed', 'calls a function that is not there', at)
    this.#owe(target < importedFunctions ? IMPORTED_CALL_COST : (plainCosts[CALL] ?? 0), at)
    this.#passValues(functionTypes.at(target))
    this.#mayThrow()
  }

  #passValues(type: number): void {
    this.#height += this.#options.types.resultCount(type) - this.#options.types.paramCount(type)
  }

  /** The compiler copies what there is of values here, for one more way to go on. */
  #carry(at: number): void {
    this.#work += this.#locals + Math.max(0, this.#height)
    if (this.#work <= COMPILE_WORK_MAX) return
    throw new Refusal('over_quota', 'has a function with too many locals and branches to compile', at)
  }

  /** Adds to the debt for an instruction at `at`, and pays in front of it when it gets too large. */
  #owe(units: number, at: number): void {
    this.#debt += units
    if (this.#debt < DEBT_MAX) return
    this.#carry(at)
    this.#checks.addCheck(at, this.#debt)
    this.#debt = 0
  }

  #enter(kind: number, mark: number, type: number, at: number): void {
    if (this.#kinds.count > DEPTH_MAX) {
      throw new Refusal('over_quota', `nests blocks more than ${DEPTH_MAX} deep`, at)
    }
    this.#kinds.push(kind)
    this.#labelDebts.push(0)
    this.#marks.push(mark)
    const params = type < 0 ? 0 : this.#options.types.paramCount(type)
    const results = type < 0 ? type - NO_VALUE : this.#options.types.resultCount(type)
    this.#startHeights.push(this.#height)
    this.#endHeights.push(this.#height - params + results)
  }

  /** A loop and its check. The label is the header: what is owed on entering counts like what is owed on going round. */
  #enterLoop(type: number, header: number, at: number): void {
    this.#carry(at)
    this.#carry(at)
    this.#enter(frame.loop, this.#checks.addCheck(header, 0), type, at)
    this.#labelDebts.raise(this.#kinds.count - 1, this.#debt)
    this.#debt = 0
  }

  #otherwise(at: number): void {
    this.#carry(at)
    const top = this.#kinds.count - 1
    if (this.#kinds.at(top) !== frame.if) throw new Refusal('malformed', 'has an else without an if', at)
    this.#labelDebts.raise(top, this.#debt)
    this.#kinds.set(top, frame.block)
    this.#debt = this.#marks.at(top)
    this.#height = this.#startHeights.at(top)
  }

  #end(): void {
    const top = this.#kinds.count - 1
    const labelDebt = this.#labelDebts.at(top)
    const kind = this.#kinds.at(top)
    if (kind === frame.loop) {
      this.#checks.setUnits(this.#marks.at(top), labelDebt)
    } else if (kind === frame.function) {
      this.#checks.setUnits(0, 1 + Math.max(labelDebt, this.#debt))
    } else {
      this.#debt = Math.max(this.#debt, labelDebt, kind === frame.if ? this.#marks.at(top) : 0)
    }
    this.#height = this.#endHeights.at(top)
    this.#startHeights.pop()
    this.#endHeights.pop()
    this.#kinds.pop()
    this.#labelDebts.pop()
    this.#marks.pop()
  }

  #branch(label: number, at: number): void {
    this.#branchWith(label, this.#debt, at)
  }

  #branchWith(label: number, debt: number, at: number): void {
    const target = this.#kinds.count - 1 - label
    if (target < 0) throw new Refusal('malformed', 'branches to a block that is not there', at)
    this.#carry(at)
    this.#labelDebts.raise(target, debt)
  }

  /** The function may end here. */
  #exit(): void {
    this.#labelDebts.raise(0, this.#debt)
  }

  /** A call that throws ends this function too, unless it catches. */
  #mayThrow(): void {
    if (this.#options.exceptions) this.#exit()
  }

  /** What follows is not reached from here, so that nothing is owed there; a label brings its own debt. */
  #leave(): void {
    this.#debt = 0
  }
}
