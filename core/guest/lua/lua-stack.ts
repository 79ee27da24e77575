/**
 * LuaStack: the stacks of an interpreter, read and written where they lie in its memory: what a function was called with, what
 * is on top, and places at the bottom of the main thread's. A call into the interpreter takes longer than all of this. Offsets
 * are those of Lua 5.4 compiled for 32 bits (lstate.h, lobject.h), which an interpreter is held against when it starts.
 *
 *     thread   12 its top   20 its call, which begins with the address of what was called   28 its bottom
 *     value    16 bytes: 0 the address of what it stands for   8 a byte that says what it is
 *     text     7 size of a short one (a byte)   12 size of a long one   16 its bytes
 */
import type { Interpreter } from './interpreter.ts'

const VALUE_BYTES = 16
const TAG = 8
const TAG_BITS = 0xff
const TOP = 12
const CALL = 20
const BOTTOM = 28
const SHORT_SIZE_WORD = 4
const SHORT_SIZE_SHIFT = 24
const LONG_SIZE = 12
const TEXT_BYTES = 16
/** Tags (lobject.h); of a number only the lower half is the same for all. */
const KIND_BITS = 0x0f
const NIL = 0
const NUMBER = 3
const TABLE = 0x45
const SHORT_TEXT = 0x44
const LONG_TEXT = 0x54
const SHORT_BYTES_MAX = 40
/** What is pushed beyond the places that are kept: handlers, their arguments, and what calls of the host need. */
const PUSHED_MAX = 40

export class LuaStack {
  readonly #interpreter: Interpreter
  /** Size of the text that was asked for last. */
  textBytes = 0

  /** Throws when the interpreter is not the one that this was written for. */
  constructor(interpreter: Interpreter) {
    this.#interpreter = interpreter
    this.#verify('short')
    this.#verify('x'.repeat(SHORT_BYTES_MAX + 1))
  }

  /** Makes so many places of the main thread's stack, with nothing at those that are new. */
  reserve(places: number): void {
    const { calls, state } = this.#interpreter
    calls.lua_checkstack(state, places + PUSHED_MAX)
    calls.lua_settop(state, places)
  }

  /** The address of a text that a function was called with; 0 when it is none. A number becomes one. */
  text(state: number, index: number): number {
    const { ints } = this.#interpreter
    const at = argument(ints, state, index)
    const tag = at === 0 ? NIL : tagAt(ints, at)
    if (tag !== SHORT_TEXT) return this.#otherText(state, index, at, tag)
    const text = ints[at >>> 2] ?? 0
    this.textBytes = shortSize(ints, text)
    return (text + TEXT_BYTES) | 0
  }

  /** Whether a function was called with a table there. */
  isTable(state: number, index: number): boolean {
    const { ints } = this.#interpreter
    const at = argument(ints, state, index)
    return at !== 0 && tagAt(ints, at) === TABLE
  }

  /** Puts a function and two tables, which lie at places of the main thread's stack, on top of it. */
  pushCall(called: number, first: number, second: number): void {
    const { ints, state } = this.#interpreter
    const bottom = ints[(state + BOTTOM) >>> 2] ?? 0
    const top = ints[(state + TOP) >>> 2] ?? 0
    copyReference(ints, bottom + called * VALUE_BYTES, top)
    copyReference(ints, bottom + first * VALUE_BYTES, top + VALUE_BYTES)
    copyReference(ints, bottom + second * VALUE_BYTES, top + 2 * VALUE_BYTES)
    ints[(state + TOP) >>> 2] = top + 3 * VALUE_BYTES
  }

  /** Takes nothing off the main thread's stack, if that is what is on top. */
  popNil(): boolean {
    const { ints, state } = this.#interpreter
    const at = ((ints[(state + TOP) >>> 2] ?? 0) - VALUE_BYTES) | 0
    if ((tagAt(ints, at) & KIND_BITS) !== NIL) return false
    ints[(state + TOP) >>> 2] = at
    return true
  }

  /** Keeps the text that is on top of a stack at a place of the main thread's, where the collector finds it. */
  keepTop(state: number, place: number): void {
    const { ints } = this.#interpreter
    copyReference(ints, (ints[(state + TOP) >>> 2] ?? 0) - VALUE_BYTES, this.#place(place))
  }

  /** Keeps a text that a function was called with, likewise. */
  keepArgument(state: number, index: number, place: number): void {
    const { ints } = this.#interpreter
    copyReference(ints, argument(ints, state, index), this.#place(place))
  }

  /** Puts the short text that is kept at a place on top of a stack, if it is the same as these bytes of the memory. */
  pushKept(state: number, place: number, at: number, size: number): boolean {
    const { ints } = this.#interpreter
    const value = this.#place(place)
    const text = ints[value >>> 2] ?? 0
    if (tagAt(ints, value) !== SHORT_TEXT || shortSize(ints, text) !== size) return false
    if (!this.#same((text + TEXT_BYTES) | 0, at, size)) return false
    const top = ints[(state + TOP) >>> 2] ?? 0
    ints[top >>> 2] = text
    ints[(top + TAG) >>> 2] = SHORT_TEXT
    ints[(state + TOP) >>> 2] = top + VALUE_BYTES
    return true
  }

  #same(one: number, other: number, size: number): boolean {
    const { view } = this.#interpreter
    if (size < 4) return this.#sameBytes(one, other, size)
    // The last four may begin within those before them.
    const last = size - 4
    for (let i = 0; i < last; i += 4)
      if (view.getInt32(one + i, true) !== view.getInt32(other + i, true)) return false
    return view.getInt32(one + last, true) === view.getInt32(other + last, true)
  }

  #sameBytes(one: number, other: number, size: number): boolean {
    const { bytes } = this.#interpreter
    for (let i = 0; i < size; i++) if (bytes[one + i] !== bytes[other + i]) return false
    return true
  }

  #otherText(state: number, index: number, at: number, tag: number): number {
    const { calls, ints, sizeOut, sizeWord } = this.#interpreter
    if (tag === LONG_TEXT) {
      const text = ints[at >>> 2] ?? 0
      this.textBytes = ints[(text + LONG_SIZE) >>> 2] ?? 0
      return (text + TEXT_BYTES) | 0
    }
    if ((tag & KIND_BITS) !== NUMBER) return 0
    const text = calls.lua_tolstring(state, index, sizeOut) >>> 0
    // Its memory may have grown.
    this.textBytes = this.#interpreter.words[sizeWord] ?? 0
    return text
  }

  #place(place: number): number {
    const { ints, state } = this.#interpreter
    return ((ints[(state + BOTTOM) >>> 2] ?? 0) + place * VALUE_BYTES) | 0
  }

  /** Pushes a text, and looks whether it is found where it should be. */
  #verify(sample: string): void {
    const interpreter = this.#interpreter
    const { calls, state, sizeOut, sizeWord } = interpreter
    const place = calls.lua_gettop(state) + 1
    interpreter.pushText(state, sample)
    const address = calls.lua_tolstring(state, place, sizeOut) >>> 0
    const { ints } = interpreter
    const found =
      this.text(state, place) === address &&
      this.textBytes === ints[sizeWord] &&
      this.#place(place) === argument(ints, state, place) &&
      argument(ints, state, place + 1) === 0
    calls.lua_settop(state, place - 1)
    if (!found) throw new Error('the Lua interpreter has another stack than expected')
  }
}

/** Where an argument of the function that a thread is in is; 0 when it was not given. */
function argument(ints: Int32Array, state: number, index: number): number {
  const called = ints[(ints[(state + CALL) >>> 2] ?? 0) >>> 2] ?? 0
  const at = (called + index * VALUE_BYTES) | 0
  return at < (ints[(state + TOP) >>> 2] ?? 0) ? at : 0
}

function tagAt(ints: Int32Array, at: number): number {
  return (ints[(at + TAG) >>> 2] ?? 0) & TAG_BITS
}

function shortSize(ints: Int32Array, text: number): number {
  return (ints[(text + SHORT_SIZE_WORD) >>> 2] ?? 0) >>> SHORT_SIZE_SHIFT
}

/** Of a value that is an address the second word means nothing. */
function copyReference(ints: Int32Array, from: number, to: number): void {
  ints[to >>> 2] = ints[from >>> 2] ?? 0
  ints[(to + TAG) >>> 2] = tagAt(ints, from)
}
