/**
 * BuildFilter: compiles a filter in AssemblyScript, with the kit and the exports that the host calls. The compiler is
 * npm's `assemblyscript`, loaded when it is needed.
 */
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withSourceMap } from './with-source-map.ts'

export interface BuiltFilter {
  readonly kind: 'built'
  readonly wasm: Uint8Array<ArrayBuffer>
}

export interface FailedBuild {
  readonly kind: 'failed'
  /** What the compiler says, with file, line and the place in it. */
  readonly text: string
}

export interface BuildOptions {
  /** With names of functions, checks and no optimisation. */
  readonly debug?: boolean
  /** With names of functions, which failures then tell; it takes a sixth more bytes. */
  readonly names?: boolean
  /** With the lines of the source that its code comes from, as a source map in the module: some twice its size more. */
  readonly lines?: boolean
  /** Exports the runtime too, for tests that load the module with `@assemblyscript/loader`. */
  readonly exportRuntime?: boolean
}

const kit = fileURLToPath(new URL('./assembly', import.meta.url))

export async function buildFilter(
  file: string,
  options: BuildOptions = {},
): Promise<BuiltFilter | FailedBuild> {
  const [asc, { handlersFile }] = await Promise.all([import('assemblyscript/asc'), import('./handlers.ts')])
  let wasm: Uint8Array<ArrayBuffer> | undefined
  let map: string | undefined
  const said = asc.createMemoryStream()
  const { error } = await asc.main(
    [
      basename(file),
      ...['--path', kit, '--transform', handlersFile, '--baseDir', dirname(file)],
      ...['--runtime', 'minimal', '--outFile', 'filter.wasm', '--noColors'],
      ...(options.debug === true ? [] : ['-O3']),
      ...(options.debug === true || options.names === true ? ['--debug'] : []),
      ...(options.lines === true ? ['--sourceMap'] : []),
      ...(options.exportRuntime === true ? ['--exportRuntime'] : []),
    ],
    {
      stdout: said,
      stderr: said,
      writeFile: (_name: string, content: unknown) => {
        if (content instanceof Uint8Array) wasm = new Uint8Array(content)
        else if (typeof content === 'string') map = content
      },
    },
  )
  if (error === null && wasm !== undefined) {
    return { kind: 'built', wasm: map === undefined ? wasm : withSourceMap(wasm, map) }
  }
  return { kind: 'failed', text: said.toString().trim() || String(error) }
}
