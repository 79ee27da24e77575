/** FilterExports: the exports of a filter, as a source in AssemblyScript that calls the handlers there are. */
import { abi } from '../../abi/abi.ts'
import { called, type Handler } from './handler.ts'

const KEYS_MAX = 64
const KEY_CALL =
  /\.\s*(?:(?:get|getAll|has)|is(?=\([^,()]+,))\s*\(\s*(?:'([^'\\\n]{1,256})'|"([^"\\\n]{1,256})")/g

/** `file` exports the handlers; `texts` are all sources of the plugin. */
export function filterExports(file: string, handlers: readonly Handler[], texts: readonly string[]): string {
  return `
    import * as guest from './${file}'
    import { close, configuration, decide, givenState, givenVersion, handOver } from 'weir/filter'
    import { makeInput, open, openState, phases, refuse } from 'weir/filter'
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
      if (phase == ${abi.phase.snapshot} || phase == ${abi.phase.restore}) {
        openState(size)
        if (phase == ${abi.phase.snapshot}) { ${called(handlers, 'snapshot', [], 'handOver')} }
        else { ${called(handlers, 'restore', ['givenState()', 'givenVersion()'], 'refuse')} }
        return close()
      }
      open(size)
      switch (phase) {
        case ${abi.phase.request}: { ${called(handlers, 'onRequest', ['first', 'mutation'], 'decide')}; break }
        case ${abi.phase.response}: { ${called(handlers, 'onResponse', ['first', 'mutation'], 'decide')}; break }
        case ${abi.phase.end}: { ${called(handlers, 'onEnd', ['first', 'outcome'], '')}; break }
        case ${abi.phase.resume}: { ${called(handlers, 'onResume', ['first', 'mutation', 'resume'], 'decide')}; break }
        case ${abi.phase.streamData}: { ${called(handlers, 'onStreamData', ['first', 'mutation'], 'decide')}; break }
      }
      return close()
    }`
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
  const { requestBody, responseBody, requestWithResponse, operation, routeConfig, streamBody } = abi.want
  const responses = handlers.some(({ name }) => name === 'onResponse')
  const streams = handlers.some(({ name }) => name === 'onStreamData')
  const bodies = requestBody | responseBody | (streams ? streamBody : 0)
  return (
    (says(/\.operation\b/) ? operation : 0) |
    (says(/\.config\b/) ? routeConfig : 0) |
    (says(/\.body\b(?!\s*[(<])/) ? bodies : 0) |
    (responses && says(/\.request\b/) ? requestWithResponse : 0)
  )
}

function phasesOf(handlers: readonly Handler[]): number {
  const has = (name: string): boolean => handlers.some((handler) => handler.name === name)
  const { request, response, end, streamData, state } = abi.phaseBit
  return (
    (has('onRequest') ? request : 0) |
    (has('onResponse') ? response : 0) |
    (has('onEnd') ? end : 0) |
    (has('onStreamData') ? streamData : 0) |
    (has('snapshot') || has('restore') ? state : 0)
  )
}
