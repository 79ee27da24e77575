import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { RedisCodec } from '../../../../plugins/redis/codec.ts'
import type { Decoder, DecoderSink, Direction, FrameLimits, Message } from '../../../../sdk/index.ts'
import { Message as Made } from '../../../../sdk/index.ts'
import { checkCodec } from '../../../../sdk/testing/codec-kit/check-codec.ts'
import { readVectors } from '../../../../sdk/testing/codec-kit/read-vectors.ts'

const FILE = new URL('../../../plugins/redis/redis.vectors.yaml', import.meta.url).pathname

type Push = (message: Message) => void

/** The Redis codec, whose messages in pieces go through a defect. */
class Defective extends RedisCodec {
  readonly #defect: (message: Message, push: Push) => void

  constructor(defect: (message: Message, push: Push) => void) {
    super()
    this.#defect = defect
  }

  override createDecoder(direction: Direction, limits: FrameLimits): Decoder {
    const decoder = super.createDecoder(direction, limits)
    return {
      get pendingBytes() {
        return decoder.pendingBytes
      },
      decode: (chunk, sink) => decoder.decode(chunk, this.#through(sink)),
    }
  }

  #through(sink: DecoderSink): DecoderSink {
    return {
      message: (message) => this.#defect(message, (other) => sink.message(other)),
      need: (bytes) => sink.need(bytes),
      refused: (message, text) => sink.refused(message, text),
      malformed: (code, text, refused) => sink.malformed(code, text, refused),
    }
  }
}

/** A few are enough to show a defect: the kit looks at each pair. */
const SHOWN = [
  'a set in small letters',
  'a command with long arguments, the last of which is short',
  'a simple string',
  'a bulk string with a line end in it',
  'a long array of arrays, strings and numbers',
]

async function findings(defect: (message: Message, push: Push) => void): Promise<readonly string[]> {
  const list = readVectors(readFileSync(FILE, 'utf8'), FILE)
  const vectors = list.vectors.filter(({ name }) => SHOWN.includes(name))
  expect(vectors).toHaveLength(SHOWN.length)
  const report = await checkCodec(new Defective(defect), { ...list, vectors })
  return [...new Set(report.findings.map(({ code }) => code))]
}

test('checkCodec() finds nothing wrong with a codec whose messages come in pieces', async () => {
  expect(await findings((message, push) => push(message))).toEqual([])
})

test.each<[string, string, (message: Message, push: Push) => void]>([
  [
    'forgets to end a message',
    'pieces_wrong',
    (message, push) => {
      if (message.kind === 'stream-close') message.kind = 'stream-data'
      push(message)
    },
  ],
  [
    'loses a piece',
    'pieces_wrong',
    (message, push) => {
      if (message.kind !== 'stream-data') push(message)
    },
  ],
  [
    'miscounts what is still to come',
    'pieces_wrong',
    (message, push) => {
      if (message.rest > 0) message.rest++
      push(message)
    },
  ],
  [
    'promises more than comes where it does not know how much',
    'pieces_wrong',
    (message, push) => {
      if (message.sizeOpen) message.rest += 100
      push(message)
    },
  ],
  [
    'calls sizes known that are not',
    'pieces_wrong',
    (message, push) => {
      message.sizeOpen = false
      push(message)
    },
  ],
  [
    'calls framing a part of the body',
    'pieces_differ',
    (message, push) => {
      if (message.kind.startsWith('stream-')) message.mark0 = 0
      push(message)
    },
  ],
  [
    'says of a piece what its reply does not say',
    'pieces_wrong',
    (message, push) => {
      if (message.kind === 'stream-close') message.status = 7
      push(message)
    },
  ],
  [
    'pushes other bytes',
    'pieces_differ',
    (message, push) => {
      if (message.kind === 'stream-close') message.bytes[message.start] = 0
      push(message)
    },
  ],
  [
    'notes on the beginning what does not hold',
    'pieces_differ',
    (message, push) => {
      if (message.rest > 0) message.mark0++
      push(message)
    },
  ],
  [
    'miscounts the header of the beginning',
    'pieces_differ',
    (message, push) => {
      if (message.rest === 0) {
        push(message)
        return
      }
      const { kind, reader, bytes, start, end, headerSize } = message
      push(
        Object.assign(new Made(kind, reader, bytes, start, end, headerSize - 1), {
          ...message,
          headerSize: headerSize - 1,
        }),
      )
    },
  ],
])('checkCodec() names the defect of a codec that %s', async (_name, code, defect) => {
  expect(await findings(defect)).toContain(code)
})
