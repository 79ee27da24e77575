/** CodecExports: the exports of a codec, as a source in AssemblyScript that calls the handlers there are. */
import { abi } from '../../abi/abi.ts'
import { called, type Handler } from './handler.ts'

const { phase, declares } = abi.codec

/** `file` exports the handlers. */
export function codecExports(file: string, handlers: readonly Handler[]): string {
  const arm = (number: number, code: string): string => `case ${number}: { ${code}; break }`
  const written = (name: string, values: readonly string[]): string => {
    const handler = handlers.find((one) => one.name === name)
    if (handler === undefined) return ''
    return (
      called(handlers, name, [...values, 'writing()'], 'wroteUnless') + (handler.answers ? '' : '; wrote()')
    )
  }
  const chunks = handlers.some(({ name }) => name === 'decodeChunk')
  const preface = called(handlers, 'encodePreface', ['message.request', 'writing()'], '')
  return `
    import * as guest from './${file}'
    import { close, configuration, makeInput, refuse } from 'weir/filter'
    import {
      declareCodec, decodeAll, decodeChunks, errorOf, firstBytes, openCodec, sniffed, writing, wrote, wrotePreface,
      wroteUnless,
    } from 'weir/codec'
    export function weir_abi_1(): void {}
    export function weir_codec_1(): void {}
    export function weir_input(size: u32): usize { return makeInput(size) }
    export function weir_call(phase: u32, size: u32): usize {
      if (phase == ${abi.phase.configure}) {
        const config = configuration()
        ${called(handlers, 'onConfigure', ['config'], 'refuse')}
        declareCodec(${bitsOf(handlers)})
        return close()
      }
      const message = openCodec(size)
      switch (phase) {
        ${arm(phase.decode, chunks ? 'decodeChunks(guest.decodeChunk)' : 'decodeAll(guest.decode)')}
        ${arm(phase.encode, written('encode', ['message']))}
        ${arm(phase.encodeError, written('encodeError', ['message', 'errorOf()']))}
        ${arm(phase.encodeReply, written('encodeReply', ['message', 'message']))}
        ${arm(phase.encodeHeartbeat, written('encodeHeartbeat', ['message.id']))}
        ${arm(phase.encodeHeartbeatReply, written('encodeHeartbeatReply', ['message']))}
        ${arm(phase.encodeDrain, written('encodeDrain', []))}
        ${arm(phase.encodePreface, `${preface}; wrotePreface()`)}
        ${arm(phase.encodeDrainReply, written('encodeDrainReply', ['message']))}
        ${arm(phase.sniff, called(handlers, 'sniff', ['firstBytes()'], 'sniffed'))}
      }
      return close()
    }`
}

function bitsOf(handlers: readonly Handler[]): number {
  const bits: Readonly<Record<string, number>> = {
    sniff: declares.sniff,
    encodeHeartbeat: declares.heartbeat,
    encodeHeartbeatReply: declares.heartbeatReply,
    encodeDrain: declares.drain,
    encodeDrainReply: declares.drainReply,
    encodePreface: declares.preface,
    encodeReply: declares.reply,
    encode: declares.encode,
  }
  return handlers.reduce((all, { name }) => all | (bits[name] ?? 0), 0)
}
