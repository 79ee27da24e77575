/**
 * IsolateExtra: what some phases add to a message: how an exchange ended, and why a message that was held goes on. Given as
 * text, like all parts.
 */
import type { abi as Abi } from '../../../../sdk/abi/abi.ts'
import type { IsolateBlock } from './isolate-block.ts'
import type { IsolateEngine } from './isolate-engine.ts'
import type { IsolateMetadata } from './isolate-metadata.ts'

export interface IsolateExtraGiven {
  readonly abi: typeof Abi
  readonly engine: IsolateEngine
  readonly block: IsolateBlock
  readonly metadata: IsolateMetadata
}

export interface IsolateExtra {
  readonly outcome: object
  readonly resume: object
  /** Where it lies in the block; 0: there is none. */
  begin(at: number): void
}

export function isolateExtra({ abi, engine, block, metadata }: IsolateExtraGiven): IsolateExtra {
  const { outcome, resume } = abi
  const { BaseError } = engine
  const { message, beside, withFields } = metadata
  const resultNames = engine.namesOf(abi.result)
  const errorNames = engine.namesOf(abi.error)
  const phaseNames = engine.namesOf(abi.phase)
  const reasonNames = engine.namesOf(abi.resumeReason)
  const flagNames = engine.ownKeys(abi.outcomeFlag)
  const flagBits = engine.table(abi.outcomeFlag)
  let extra = 0

  function word(field: number): number {
    if (extra === 0) throw new BaseError('this can only be read while a message is handled')
    return block.word(extra + field)
  }
  function text(field: number): string {
    const place = word(field)
    return place === 0 ? '' : block.text(message.at + place, block.word(extra + field + 4))
  }
  function float(field: number): number {
    word(field)
    return block.float(extra + field)
  }
  function flags(): Record<string, boolean> {
    const bits = word(outcome.result) >>> 16
    const held: Record<string, boolean> = {}
    for (const name of flagNames) if ((bits & (flagBits[name] ?? 0)) !== 0) held[name] = true
    return held
  }
  const outcomeFields = {
    result: () => resultNames[word(outcome.result) & 0xff],
    error: () => errorNames[(word(outcome.result) >>> 8) & 0xff],
    errorText: () => text(outcome.errorText),
    status: () => word(outcome.responseStatus) | 0,
    durationMs: () => float(outcome.durationMs),
    upstreamMs: () => float(outcome.upstreamMs),
    requestBytes: () => word(outcome.requestBytes),
    responseBytes: () => word(outcome.responseBytes),
    attempts: () => word(outcome.attempts),
    cluster: () => text(outcome.cluster),
    endpoint: () => text(outcome.endpoint),
    flags,
  }
  const resumeFields = {
    reason: () => reasonNames[word(resume.reason) & 0xff],
    phase: () => phaseNames[(word(resume.reason) >>> 8) & 0xff],
    pauses: () => word(resume.reason) >>> 16,
    text: () => text(resume.text),
    response: () => (beside.at === 0 ? undefined : beside.shows),
  }

  return {
    outcome: withFields({}, outcomeFields),
    resume: withFields({}, resumeFields),
    begin: (at) => {
      extra = at
    },
  }
}
