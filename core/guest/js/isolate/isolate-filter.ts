/** IsolateFilter: hands the messages of a block to the filter's functions, and what it knows to its successor. Given as text, like all parts. */
import type { abi as Abi } from '../../../../sdk/abi/abi.ts'
import type { IsolateBlock } from './isolate-block.ts'
import type { IsolateDeclaration } from './isolate-declaration.ts'
import type { IsolateExtra } from './isolate-extra.ts'
import type { IsolateList } from './isolate-list.ts'
import type { IsolateMetadata } from './isolate-metadata.ts'
import type { IsolateMutation } from './isolate-mutation.ts'
import type { IsolateValues } from './isolate-values.ts'
import type { IsolateVerdicts } from './isolate-verdicts.ts'

export interface IsolateFilterGiven {
  readonly abi: typeof Abi
  readonly values: IsolateValues
  readonly block: IsolateBlock
  readonly list: IsolateList
  readonly metadata: IsolateMetadata
  readonly extra: IsolateExtra
  readonly mutation: IsolateMutation
  readonly verdicts: IsolateVerdicts
  readonly declaration: IsolateDeclaration
}

export interface IsolateFilter {
  handle(during: number): void
  /** Nothing is handled any more: what authors kept of a message tells them so. */
  over(): void
}

export function isolateFilter(given: IsolateFilterGiven): IsolateFilter {
  const { abi, values, block, list, metadata, extra, mutation, verdicts } = given
  const { phase, record, header, restore, op } = abi
  const { message, beside } = metadata
  const { handlers } = given.declaration
  const { word } = block
  const { settle } = verdicts

  function handleAll(during: number): void {
    const handler = handlers[during]
    if (handler === undefined) return
    const count = word(header.version) >>> 16
    let place: number = header.bytes
    for (let index = 0; index < count; index++) {
      let next = place + word(place)
      const accompanied = index + 1 < count && word(next + record.handle) === 0
      beside.at = accompanied ? next : 0
      if (accompanied) {
        index++
        next += word(next)
      }
      const added = word(place + record.extra)
      message.at = place
      extra.begin(added === 0 ? 0 : place + added)
      list.about(word(place + record.handle))
      handleOne(during, handler)
      place = next
    }
  }
  function handleOne(during: number, handler: (...args: unknown[]) => unknown): void {
    if (during === phase.end) {
      handler(message.shows, extra.outcome)
      return
    }
    mutation.allow(true)
    settle(
      during === phase.resume
        ? handler(message.shows, mutation.shows, extra.resume)
        : handler(message.shows, mutation.shows),
    )
  }
  function over(): void {
    message.at = 0
    beside.at = 0
    extra.begin(0)
    mutation.allow(false)
  }

  // What goes to the version that takes this one's place.
  function takeState(): void {
    const said = handlers[phase.snapshot]?.()
    if (said === undefined || said === null) return
    const state = values.contents(said, 'what snapshot returned')
    list.begin(op.state, 0)
    list.put(state)
    list.end()
  }
  function giveState(): void {
    const state = block.copy(word(restore.state), word(restore.state + 4))
    const version = block.text(word(restore.version), word(restore.version + 4))
    const refusal = handlers[phase.restore]?.(state, version)
    if (refusal === undefined || refusal === null) return
    const why = values.plain(refusal, 'what restore returned')
    list.begin(op.refuse, 0)
    list.text(why)
    list.end()
  }

  return {
    handle: (during) => {
      if (during === phase.snapshot) takeState()
      else if (during === phase.restore) giveState()
      else handleAll(during)
    },
    over,
  }
}
