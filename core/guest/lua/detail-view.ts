/**
 * DetailView: what a phase adds to a message: how the exchange ended, or why a message that was paused is here again.
 * Read from the block when it is asked for, as {@link ./message-view.ts} is.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import type { HostFunction } from './host-functions.ts'
import type { Interpreter } from './interpreter.ts'
import { REGISTRY } from './known-texts.ts'
import { COMPANION_KEPT, type MessageView } from './message-view.ts'
import { NamedFields } from './named-fields.ts'
import { numberedNames } from './numbered-names.ts'

const { outcome, resume, record } = abi
const outcomeNames = [
  'result',
  'error',
  'errorText',
  'status',
  'durationMs',
  'upstreamMs',
  'requestBytes',
  'responseBytes',
  'attempts',
  'cluster',
  'endpoint',
  'flags',
] as const
const resumeNames = ['reason', 'phase', 'pauses', 'text', 'response'] as const
const knownOfOutcome = outcomeNames.join(', ')
const knownOfResume = resumeNames.join(', ')
const resultNames = numberedNames(abi.result)
const errorNames = numberedNames(abi.error)
const phaseNames = numberedNames(abi.phase)
const reasonNames = numberedNames(abi.resumeReason)

export class DetailView {
  /** Lua functions: the one that answers the fields of an outcome, and the one for those of a resume. */
  readonly functions: readonly HostFunction[] = [
    (state) => this.#outcomeField(state),
    (state) => this.#resumeField(state),
  ]
  readonly #interpreter: Interpreter
  readonly #companion: MessageView
  readonly #outcomeFields: NamedFields<(typeof outcomeNames)[number]>
  readonly #resumeFields: NamedFields<(typeof resumeNames)[number]>
  /** Where the message's record and what it adds are; 0 while there is none. */
  #record = 0
  #at = 0

  constructor(interpreter: Interpreter, companion: MessageView) {
    this.#interpreter = interpreter
    this.#companion = companion
    this.#outcomeFields = new NamedFields(interpreter, outcomeNames, 3)
    this.#resumeFields = new NamedFields(interpreter, resumeNames, 4)
  }

  /** Shows what the record at this address adds. */
  show(at: number): void {
    this.#record = at
    const added = at === 0 ? 0 : (this.#interpreter.words[(at + record.extra) >>> 2] ?? 0)
    this.#at = added === 0 ? 0 : at + added
  }

  #outcomeField(state: number): number {
    const interpreter = this.#interpreter
    const field = this.#outcomeFields.argument(state)
    if (this.#at === 0) interpreter.raise(state, 'the outcome can only be read in onEnd')
    switch (field) {
      case 'result':
        return this.#name(state, resultNames[this.#word(outcome.result) & 0xff])
      case 'error':
        return this.#name(state, errorNames[(this.#word(outcome.result) >>> 8) & 0xff])
      case 'errorText':
        return this.#text(state, outcome.errorText)
      case 'status':
        return this.#integer(state, this.#word(outcome.responseStatus) | 0)
      case 'durationMs':
        return this.#float(state, outcome.durationMs)
      case 'upstreamMs':
        return this.#float(state, outcome.upstreamMs)
      case 'requestBytes':
        return this.#integer(state, this.#word(outcome.requestBytes))
      case 'responseBytes':
        return this.#integer(state, this.#word(outcome.responseBytes))
      case 'attempts':
        return this.#integer(state, this.#word(outcome.attempts))
      case 'cluster':
        return this.#text(state, outcome.cluster)
      case 'endpoint':
        return this.#text(state, outcome.endpoint)
      case 'flags':
        return this.#flags(state, this.#word(outcome.result) >>> 16)
      default:
        return interpreter.raise(state, `the outcome has no such field; known: ${knownOfOutcome}`)
    }
  }

  #resumeField(state: number): number {
    const interpreter = this.#interpreter
    const field = this.#resumeFields.argument(state)
    if (this.#at === 0) interpreter.raise(state, 'the resume can only be read in onResume')
    const first = this.#word(resume.reason)
    switch (field) {
      case 'reason':
        return this.#name(state, reasonNames[first & 0xff])
      case 'phase':
        return this.#name(state, phaseNames[(first >>> 8) & 0xff])
      case 'pauses':
        return this.#integer(state, first >>> 16)
      case 'text':
        return this.#text(state, resume.text)
      case 'response':
        if (this.#companion.shown) interpreter.calls.lua_rawgeti(state, REGISTRY, COMPANION_KEPT)
        else interpreter.calls.lua_pushnil(state)
        return 1
      default:
        return interpreter.raise(state, `the resume has no such field; known: ${knownOfResume}`)
    }
  }

  /** A table in which every flag that holds is true. */
  #flags(state: number, bits: number): number {
    const { calls } = this.#interpreter
    calls.lua_createtable(state, 0, 0)
    for (const [name, bit] of Object.entries(abi.outcomeFlag)) {
      if ((bits & bit) === 0) continue
      this.#interpreter.pushText(state, name)
      calls.lua_pushboolean(state, 1)
      calls.lua_rawset(state, -3)
    }
    return 1
  }

  #word(field: number): number {
    return this.#interpreter.words[(this.#at + field) >>> 2] ?? 0
  }

  #name(state: number, name: string | undefined): number {
    if (name === undefined) this.#interpreter.calls.lua_pushnil(state)
    else this.#interpreter.pushText(state, name)
    return 1
  }

  #text(state: number, field: number): number {
    this.#interpreter.calls.lua_pushlstring(state, this.#record + this.#word(field), this.#word(field + 4))
    return 1
  }

  #integer(state: number, value: number): number {
    this.#interpreter.calls.lua_pushinteger(state, BigInt(value))
    return 1
  }

  #float(state: number, field: number): number {
    this.#interpreter.calls.lua_pushnumber(state, this.#interpreter.bytes.readDoubleLE(this.#at + field))
    return 1
  }
}
