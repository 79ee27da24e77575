/** What is to be inserted into one function's code, in order of position, and the writing of the code with it. */
import type { BinaryWriter } from './binary-writer.ts'
import { checkSize, u32Size, writeCheck } from './fuel-code.ts'
import { NumberList } from './number-list.ts'

const CALL = 0x10

/** In place of the function to call: a check. */
const CHECK = -1

export class CheckList {
  readonly #fuelGlobal: number
  readonly #positions = new NumberList()
  readonly #units = new NumberList()
  readonly #calls = new NumberList()

  constructor(fuelGlobal: number) {
    this.#fuelGlobal = fuelGlobal
  }

  clear(): void {
    this.#positions.clear()
    this.#units.clear()
    this.#calls.clear()
  }

  /** Puts a check at a position and answers its index, by which {@link setUnits} says later what it takes. */
  addCheck(position: number, units: number): number {
    this.#add(position, units, CHECK)
    return this.#positions.count - 1
  }

  setUnits(check: number, units: number): void {
    this.#units.set(check, units)
  }

  /** Puts a call of one of the meter's functions at a position. */
  addCall(position: number, target: number): void {
    this.#add(position, 0, target)
  }

  /** How many bytes are inserted in all. */
  size(scratchLocal: number): number {
    let size = 0
    for (let i = 0; i < this.#positions.count; i++) size += this.#sizeOf(i, scratchLocal)
    return size
  }

  /** The position in the source of what {@link write} writes at `offset`; of what is inserted, that where it is. */
  positionAt(offset: number, start: number, end: number, scratchLocal: number): number {
    let from = start
    let left = offset
    for (let i = 0; i < this.#positions.count; i++) {
      const position = this.#positions.at(i)
      if (left < position - from) break
      left -= position - from
      from = position
      const size = this.#sizeOf(i, scratchLocal)
      if (left < size) return position
      left -= size
    }
    return Math.min(from + left, end)
  }

  /** Writes the code from `start` to `end` with everything inserted. */
  write(writer: BinaryWriter, source: Buffer, start: number, end: number, scratchLocal: number): void {
    let from = start
    for (let i = 0; i < this.#positions.count; i++) {
      const position = this.#positions.at(i)
      writer.copy(source, from, position)
      from = position
      const target = this.#calls.at(i)
      if (target === CHECK) {
        writeCheck(writer, this.#fuelGlobal, scratchLocal, this.#units.at(i))
      } else {
        writer.byte(CALL)
        writer.u32(target)
      }
    }
    writer.copy(source, from, end)
  }

  #sizeOf(index: number, scratchLocal: number): number {
    const target = this.#calls.at(index)
    if (target !== CHECK) return 1 + u32Size(target)
    return checkSize(this.#fuelGlobal, scratchLocal, this.#units.at(index))
  }

  #add(position: number, units: number, target: number): void {
    this.#positions.push(position)
    this.#units.push(units)
    this.#calls.push(target)
  }
}
