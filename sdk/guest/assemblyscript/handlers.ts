/**
 * Handlers: what the AssemblyScript compiler is given beside a plugin's own source. It looks at which handlers the
 * source exports and which keys it names in `get('key')`, and writes the exports that the host calls: a filter's, or a
 * codec's where the source exports `decode`. Used as `asc --transform`, or by {@link ./build-filter.ts}.
 */
import type { Parser } from 'assemblyscript'
import { codecExports } from './codec-exports.ts'
import { filterExports } from './filter-exports.ts'
import type { Handler } from './handler.ts'

const ENTRY = 1
const LIBRARY = '~lib/'
const HANDLER = /^[ \t]*export\s+function\s+(\w+)\s*\(([^)]*)\)\s*:\s*(\w+)/gm

/** Where this file is, for the compiler, which loads it by its path. */
export const handlersFile = import.meta.filename

// biome-ignore lint/style/noDefaultExport: the compiler takes a transform from the default export.
export default class Handlers {
  afterParse(parser: Parser): void {
    const own = parser.sources.filter(({ internalPath }) => !internalPath.startsWith(LIBRARY))
    const entry = own.find((source) => Number(source.sourceKind) === ENTRY)
    if (entry === undefined) return
    const texts = own.map(({ text }) => withoutComments(text))
    const handlers = handlersOf(withoutComments(entry.text))
    const file = entry.internalPath.split('/').at(-1) ?? ''
    const source = handlers.some(({ name }) => name === 'decode' || name === 'decodeChunk')
      ? codecExports(file, handlers)
      : filterExports(file, handlers, texts)
    parser.parseFile(source, `${entry.internalPath}.exports.ts`, true)
  }
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
}

function handlersOf(text: string): readonly Handler[] {
  return [...text.matchAll(HANDLER)].map(([, name = '', parameters = '', type]) => ({
    name,
    parameters: parameters.split(',').filter((one) => one.trim() !== '').length,
    answers: type !== 'void',
  }))
}
