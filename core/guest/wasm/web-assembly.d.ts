/**
 * The part of the WebAssembly JavaScript interface (WebAssembly JavaScript Interface §5) that weir uses: Node's own
 * types leave it out, and the browser's library would bring the whole page with it.
 */
// biome-ignore lint/style/noNamespace: the interface is a namespace, and this only declares it.
declare namespace WebAssembly {
  type Bytes = ArrayBufferView<ArrayBuffer> | ArrayBuffer
  type ExternalKind = 'function' | 'table' | 'memory' | 'global' | 'tag'
  type NumberType = 'i32' | 'i64' | 'f32' | 'f64'

  interface ExportDescription {
    readonly name: string
    readonly kind: ExternalKind
  }

  interface ImportDescription extends ExportDescription {
    readonly module: string
  }

  type Exported = Memory | Table | Global | ((...values: (number | bigint)[]) => unknown)
  type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>

  class Module {
    constructor(bytes: Bytes)
    static exports(module: Module): ExportDescription[]
    static imports(module: Module): ImportDescription[]
    static customSections(module: Module, name: string): ArrayBuffer[]
  }

  class Instance {
    constructor(module: Module, imports?: Imports)
    readonly exports: Readonly<Record<string, unknown>>
  }

  class Memory {
    constructor(descriptor: { readonly initial: number; readonly maximum?: number })
    readonly buffer: ArrayBuffer
    grow(pages: number): number
  }

  class Table {
    constructor(descriptor: {
      readonly element: 'anyfunc' | 'externref'
      readonly initial: number
      readonly maximum?: number
    })
    readonly length: number
    get(index: number): unknown
    set(index: number, value?: unknown): void
    grow(count: number, value?: unknown): number
  }

  class Global {
    constructor(
      descriptor: { readonly value: NumberType; readonly mutable?: boolean },
      value?: number | bigint,
    )
    value: unknown
  }

  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}

  function validate(bytes: Bytes): boolean
  function compile(bytes: Bytes): Promise<Module>
  function instantiate(module: Module, imports?: Imports): Promise<Instance>
}
