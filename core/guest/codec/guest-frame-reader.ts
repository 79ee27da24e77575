/** GuestFrameReader: answers filters from what the guest said about a frame when it decoded it. */
import { abi } from '../../../sdk/abi/abi.ts'
import type { Message, PropertyReader } from '../../../sdk/index.ts'
import { framePairs, frameValues, refText } from './frame-pairs.ts'

const { frame } = abi.codec

export class GuestFrameReader implements PropertyReader {
  readonly protocol: string

  constructor(protocol: string) {
    this.protocol = protocol
  }

  get(message: Message, key: string): string | readonly string[] | undefined {
    return frameValues(message, key)
  }

  keys(message: Message): readonly string[] {
    return [...new Set(framePairs(message).map(([key]) => key))]
  }

  operation(message: Message): string {
    return refText(message, message.mark0 + frame.operation)
  }

  body(message: Message): Buffer {
    return message.bytes.subarray(message.mark2, message.mark3)
  }
}
