/** EncodeBlock: the block that asks a codec to write a message anew: whose way it goes, and where its body lies. */
import { abi } from '../../../sdk/abi/abi.ts'
import type { Message } from '../../../sdk/index.ts'
import type { CodecBlock, WrittenId } from './codec-block.ts'

const { direction: directions } = abi.codec

export function encodeBlock(block: CodecBlock, message: Message, id: WrittenId): void {
  const fromCaller = message.kind === 'request' || message.kind === 'oneway'
  const body = { start: message.mark2 - message.start, end: message.mark3 - message.start }
  block.encode(fromCaller ? directions.request : directions.response, message, id, body)
}
