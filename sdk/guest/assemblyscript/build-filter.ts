/**
 * BuildFilter: compiles a filter in AssemblyScript, with the kit and the exports that the host calls. The compiler is
 * npm's `assemblyscript`, loaded when it is needed.
 */
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

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
  const said = asc.createMemoryStream()
  const { error } = await asc.main(
    [
      basename(file),
      ...['--path', kit, '--transform', handlersFile, '--baseDir', dirname(file)],
      ...['--runtime', 'minimal', '--outFile', 'filter.wasm', '--noColors'],
      ...(options.debug === true ? [] : ['-O3']),
      ...(options.debug === true || options.names === true ? ['--debug'] : []),
      ...(options.exportRuntime === true ? ['--exportRuntime'] : []),
    ],
    {
      stdout: said,
      stderr: said,
      writeFile: (_name: string, content: unknown) => {
        if (content instanceof Uint8Array) wasm = new Uint8Array(content)
      },
    },
  )
  if (error === null && wasm !== undefined) return { kind: 'built', wasm }
  return { kind: 'failed', text: said.toString().trim() || String(error) }
}
