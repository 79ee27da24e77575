/** A list of 32-bit numbers that grows as needed and keeps its room: nesting and checks of one function at a time. */
const INITIAL_COUNT = 64

export class NumberList {
  #numbers = new Int32Array(INITIAL_COUNT)
  #count = 0

  get count(): number {
    return this.#count
  }

  clear(): void {
    this.#count = 0
  }

  push(value: number): void {
    if (this.#count === this.#numbers.length) {
      const larger = new Int32Array(this.#count * 2)
      larger.set(this.#numbers)
      this.#numbers = larger
    }
    this.#numbers[this.#count++] = value
  }

  /** Forgets the last number. */
  pop(): void {
    this.#count--
  }

  /** The number at an index below the count; beyond it zero. */
  at(index: number): number {
    return this.#numbers[index] ?? 0
  }

  set(index: number, value: number): void {
    this.#numbers[index] = value
  }

  /** Raises the number at an index to `value`, if it is lower. */
  raise(index: number, value: number): void {
    if (this.at(index) < value) this.#numbers[index] = value
  }
}
