/** IsolateCodecMessages: what has to be written, as authors see it: a message with the edits that were recorded. Given as text, like all parts. */
import type { abi as Abi } from '../../../../sdk/abi/abi.ts'
import type { IsolateBlock } from './isolate-block.ts'
import type { IsolateCodecEndings } from './isolate-codec-endings.ts'
import type { IsolateEngine } from './isolate-engine.ts'

export interface IsolateCodecMessagesGiven {
  readonly abi: typeof Abi
  readonly engine: IsolateEngine
  readonly block: IsolateBlock
  readonly endings: IsolateCodecEndings
}

/** A property of a message. */
type Pair = readonly [key: string, value: string]

interface Edit {
  readonly op: string
  readonly key: string
  readonly value: string
}

export type IsolateCodecMessages = ReturnType<typeof isolateCodecMessages>

export function isolateCodecMessages({ abi, engine, block, endings }: IsolateCodecMessagesGiven) {
  const { codec } = abi
  const { block: at, row, edit } = codec
  const { bigint, text, apply } = engine
  const { word, byte } = block
  const { min } = Math
  const { isSafeInteger } = Number
  const numeric = Number
  const NUMBER_TEXT = /^-?\d{1,20}$/
  const { test: testIn } = RegExp.prototype
  const testText = (by: RegExp, what: string): boolean => apply(testIn, by, [what])
  const kindNames = engine.namesOf(abi.kind)
  const editNames = engine.namesOf(codec.editOp)

  function textAt(field: number): string {
    const place = word(field)
    return place === 0 ? '' : block.text(place, word(field + 4))
  }
  function bytesAt(field: number): Uint8Array {
    return block.copy(word(field), word(field) === 0 ? 0 : word(field + 4))
  }
  function directionOf(): string {
    return byte(at.direction) === codec.direction.request ? 'request' : 'response'
  }
  let wideIds = false
  function idToWrite(): number | bigint | string {
    if ((byte(at.flags) & codec.blockFlag.idText) !== 0) return textAt(at.idText)
    if (!wideIds) return word(at.idLow)
    return (bigint(word(at.idHigh)) << 32n) | bigint(word(at.idLow))
  }
  function properties(): Pair[] {
    const found: Pair[] = []
    const from = word(at.propertiesAt)
    for (let i = 0, place = from; i < word(at.properties); i++, place += row.bytes)
      found[i] = [textAt(place + row.keyAt), textAt(place + row.valueAt)]
    return found
  }
  function edits(): Edit[] {
    const found: Edit[] = []
    const from = word(at.editsAt)
    for (let i = 0, place = from; i < word(at.edits); i++, place += edit.bytes) {
      const name = editNames[word(place + edit.op)] ?? ''
      found[i] = { op: name, key: textAt(place + edit.keyAt), value: textAt(place + edit.valueAt) }
    }
    return found
  }
  function edited(before: readonly Pair[], { op: how, key, value }: Edit): Pair[] {
    const after: Pair[] = []
    let placed = how === 'remove'
    for (let i = 0; i < before.length; i++) {
      const pair = before[i] ?? ['', '']
      if (how === 'add' || pair[0] !== key) after[after.length] = pair
      else if (!placed) {
        after[after.length] = [key, value]
        placed = true
      }
    }
    if (!placed) after[after.length] = [key, value]
    return after
  }
  class Carried {
    readonly properties: readonly Pair[]
    constructor(held: readonly Pair[]) {
      this.properties = held
    }
    getAll(key: unknown): string[] {
      const all: string[] = []
      for (let i = 0; i < this.properties.length; i++) {
        const pair = this.properties[i]
        if (pair !== undefined && pair[0] === key) all[all.length] = pair[1]
      }
      return all
    }
    get(key: unknown): string | undefined {
      return this.getAll(key)[0]
    }
    has(key: unknown): boolean {
      return this.getAll(key).length > 0
    }
    /** The one whole number of a property that a field holds; anything else is a problem of the message. */
    number(key: unknown, least?: number, most?: number): number {
      const all = this.getAll(key)
      const said = all[0] ?? ''
      const number = numeric(said)
      const exact = all.length === 1 && testText(NUMBER_TEXT, said) && isSafeInteger(number)
      if (exact && number >= (least ?? number) && number <= (most ?? number)) return number
      const range = least === undefined || most === undefined ? '' : ` from ${least} to ${most}`
      return endings.broken(`"${text(key)}" has to be one whole number${range}`)
    }
  }
  interface Outside {
    readonly bytes: Uint8Array
    readonly body: Uint8Array
  }
  class Outgoing extends Carried {
    readonly kind = kindNames[byte(at.kind)]
    readonly direction = directionOf()
    readonly status = word(at.status) | 0
    readonly id = idToWrite()
    readonly streamId = word(at.streamId)
    readonly headerSize = word(at.headerSize)
    readonly size = word(at.frameSize)
    readonly operation = textAt(at.operation)
    readonly bytes: Uint8Array
    readonly body: Uint8Array
    constructor(held: readonly Pair[], { bytes, body }: Outside) {
      super(held)
      this.bytes = bytes
      this.body = body
    }
  }
  /** A request that is answered; of its frame the beginning is there. */
  function requestWith(held: readonly Pair[]): Outgoing {
    const bytes = bytesAt(at.frame)
    const header = min(word(at.headerSize), bytes.length)
    return new Outgoing(held, { bytes, body: block.copy(word(at.frame) + header, bytes.length - header) })
  }
  class Reply extends Carried {
    readonly body: Uint8Array | undefined = word(at.newBody) === 0 ? undefined : bytesAt(at.newBody)
  }

  /** The message under its new id, as edits and the new body have made it. */
  function outgoing(recorded: readonly Edit[], newBody: Uint8Array | undefined): object {
    let held = properties()
    for (let i = 0; i < recorded.length; i++) {
      const each = recorded[i]
      if (each !== undefined) held = edited(held, each)
    }
    return new Outgoing(held, { bytes: bytesAt(at.frame), body: newBody ?? bytesAt(at.body) })
  }

  return {
    textAt,
    directionOf,
    idToWrite,
    edits,
    newBody: (): Uint8Array | undefined => (word(at.newBody) === 0 ? undefined : bytesAt(at.newBody)),
    outgoing,
    /** The request that is answered, with its properties or without. */
    request: (whole: boolean): object => requestWith(whole ? properties() : []),
    reply: (): object => new Reply(properties()),
    /** Whether ids have more than 32 bits. */
    wide: (wide: boolean): void => {
      wideIds = wide
    },
  }
}
