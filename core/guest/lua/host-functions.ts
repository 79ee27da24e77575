/**
 * Host functions: a module that makes JavaScript functions callable by the interpreter. Lua calls C functions through
 * a table of WebAssembly functions, and a function of JavaScript becomes one by being imported and exported again.
 *
 *     type    (func (param i32) (result i32))     lua_CFunction: the state in, the number of results out
 *     import  "h" "0" … "h" "n" of that type
 *     export  "0" … "n"
 */

/** A function as Lua sees it: its arguments are on the state's stack, and it answers how many results it left there. */
export type HostFunction = (state: number) => number

const FUNCTION_KIND = 0
const PREAMBLE = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
const TYPE_SECTION = [1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f]

/** Puts the functions at the end of the table and answers where the first one is; the others follow. */
export function installHostFunctions(table: WebAssembly.Table, functions: readonly HostFunction[]): number {
  const names = functions.map((_call, index) => String(index))
  const imports = Object.fromEntries(functions.map((call, index) => [String(index), call]))
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes(names)), { h: imports })
  const first = table.grow(names.length)
  for (const [index, name] of names.entries()) table.set(first + index, exports[name])
  return first
}

function moduleBytes(names: readonly string[]): Uint8Array<ArrayBuffer> {
  const imported = names.flatMap((name) => [...text('h'), ...text(name), FUNCTION_KIND, 0])
  const exported = names.flatMap((name, index) => [...text(name), FUNCTION_KIND, ...u14(index)])
  return Uint8Array.from([
    ...PREAMBLE,
    ...TYPE_SECTION,
    ...section(2, [...u14(names.length), ...imported]),
    ...section(7, [...u14(names.length), ...exported]),
  ])
}

function section(id: number, contents: readonly number[]): number[] {
  return [id, ...u14(contents.length), ...contents]
}

function text(value: string): number[] {
  const bytes = Buffer.from(value)
  return [bytes.length, ...bytes]
}

/** Unsigned LEB128 in two bytes (WebAssembly core specification §5.2.2). */
function u14(value: number): number[] {
  return [0x80 | (value & 0x7f), value >> 7]
}
