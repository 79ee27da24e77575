/**
 * Handlers: what the AssemblyScript compiler is given beside a filter's own source. It looks at which handlers the
 * source exports and which keys it names in `get('key')`, and writes the exports that the host calls. Used as
 * `asc --transform`, or by {@link ./build-filter.ts}.
 */
import type { Parser, Source } from 'assemblyscript'
import { abi } from '../../abi/abi.ts'

const KEYS_MAX = 64
const ENTRY = 1
const LIBRARY = '~lib/'
const KEY_CALL =
  /\.\s*(?:(?:get|getAll|has)|is(?=\([^,()]+,))\s*\(\s*(?:'([^'\\\n]{1,256})'|"([^"\\\n]{1,256})")/g
const HANDLER = /^[ \t]*export\s+function\s+(on[A-Z]\w*)\s*\(([^)]*)\)\s*:\s*(\w+)/gm

/** A handler as its source has it. */
interface Handler {
  readonly name: string
  readonly parameters: number
  readonly answers: boolean
}

/** Where this file is, for the compiler, which loads it by its path. */
export const handlersFile = import.meta.filename

// biome-ignore lint/style/noDefaultExport: the compiler takes a transform from the default export.
export default class Handlers {
  afterParse(parser: Parser): void {
    const own = parser.sources.filter(({ internalPath }) => !internalPath.startsWith(LIBRARY))
    const entry = own.find((source) => Number(source.sourceKind) === ENTRY)
    if (entry === undefined) return
    const texts = own.map(({ text }) => withoutComments(text))
    parser.parseFile(glue(entry, texts), `${entry.internalPath}.exports.ts`, true)
  }
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
}

function glue(entry: Source, texts: readonly string[]): string {
  const handlers = handlersOf(withoutComments(entry.text))
  const file = entry.internalPath.split('/').at(-1)
  return `
    import * as guest from './${file}'
    import { close, configuration, decide, makeInput, open, phases, refuse } from 'weir/filter'
    import { reads, wants } from 'weir/keys'
    import { first } from 'weir/metadata'
    import { mutation } from 'weir/mutation'
    import { outcome } from 'weir/outcome'
    import { resume } from 'weir/resume'
    export function weir_abi_1(): void {}
    export function weir_input(size: u32): usize { return makeInput(size) }
    export function weir_call(phase: u32, size: u32): usize {
      if (phase == ${abi.phase.configure}) {
        const config = configuration()
        ${keysOf(texts)
          .map((key) => `reads('${key}')`)
          .join('\n')}
        wants(${wantsOf(texts, handlers)})
        ${called(handlers, 'onConfigure', ['config'], 'refuse')}
        phases(${phasesOf(handlers)})
        return close()
      }
      open(size)
      switch (phase) {
        case ${abi.phase.request}: { ${called(handlers, 'onRequest', ['first', 'mutation'], 'decide')}; break }
        case ${abi.phase.response}: { ${called(handlers, 'onResponse', ['first', 'mutation'], 'decide')}; break }
        case ${abi.phase.end}: { ${called(handlers, 'onEnd', ['first', 'outcome'], '')}; break }
        case ${abi.phase.resume}: { ${called(handlers, 'onResume', ['first', 'mutation', 'resume'], 'decide')}; break }
      }
      return close()
    }`
}

function handlersOf(text: string): readonly Handler[] {
  return [...text.matchAll(HANDLER)].map(([, name = '', parameters = '', type]) => ({
    name,
    parameters: parameters.split(',').filter((one) => one.trim() !== '').length,
    answers: type !== 'void',
  }))
}

/** Calls a handler with as many values as it takes, and hands on what it answers. */
function called(handlers: readonly Handler[], name: string, values: readonly string[], then: string): string {
  const handler = handlers.find((one) => one.name === name)
  if (handler === undefined) return ''
  const call = `guest.${name}(${values.slice(0, handler.parameters).join(', ')})`
  return handler.answers ? `${then}(${call})` : call
}

function keysOf(texts: readonly string[]): readonly string[] {
  const keys = new Set<string>()
  for (const text of texts) {
    for (const [, single, double] of text.matchAll(KEY_CALL)) keys.add(single ?? double ?? '')
  }
  return [...keys].slice(0, KEYS_MAX)
}

function wantsOf(texts: readonly string[], handlers: readonly Handler[]): number {
  const says = (expression: RegExp): boolean => texts.some((text) => expression.test(text))
  const { requestBody, responseBody, requestWithResponse, operation, routeConfig } = abi.want
  const responses = handlers.some(({ name }) => name === 'onResponse')
  return (
    (says(/\.operation\b/) ? operation : 0) |
    (says(/\.config\b/) ? routeConfig : 0) |
    (says(/\.body\b(?!\s*[(<])/) ? requestBody | responseBody : 0) |
    (responses && says(/\.request\b/) ? requestWithResponse : 0)
  )
}

function phasesOf(handlers: readonly Handler[]): number {
  const has = (name: string): boolean => handlers.some((handler) => handler.name === name)
  const { request, response, end } = abi.phaseBit
  return (has('onRequest') ? request : 0) | (has('onResponse') ? response : 0) | (has('onEnd') ? end : 0)
}
