/**
 * DeclaredReplies: the messages that weir makes itself in a declared protocol: errors, replies of filters, signs of life. How
 * one begins and is written is its form's, which is that of frames or that of lines.
 */
import type { ByteWriter } from '../bytes.ts'
import type { EncodeProblem, LocalReply } from '../codec.ts'
import type { LocalError } from '../errors.ts'
import type { Message } from '../message.ts'
import type { Draft, Target, Targets } from './draft.ts'
import type { MessageId } from './frame-writer.ts'
import type { DeclaredKind, Kinds } from './kinds.ts'
import type { ErrorParts } from './reply-parts.ts'

/** A message that is being made, and what it has so far. */
export interface Begun {
  readonly draft: Draft
  readonly message: Message
}

export interface ReplyForm {
  /** A message with what must stand in every one, and what `like` begins with where that is copied whole. */
  begin(like: Message | undefined): Begun
  /** Takes a field over from the request. */
  copy(request: Message, draft: Draft, target: Target): void
  putStatus(draft: Draft, status: number): void
  /** Puts the sentence of an error where the declaration wants it. */
  putText(draft: Draft, place: string, text: string): void
  write(begun: Begun, id: MessageId, out: ByteWriter): EncodeProblem | undefined
}

export interface ReplyRules {
  readonly targets: Targets
  readonly errors: ErrorParts
  readonly kinds: Kinds
  /** The statuses that are no failure. */
  readonly ok: ReadonlySet<number>
}

export class DeclaredReplies {
  readonly #rules: ReplyRules
  readonly #form: ReplyForm

  constructor(rules: ReplyRules, form: ReplyForm) {
    this.#rules = rules
    this.#form = form
  }

  error(request: Message, error: LocalError, out: ByteWriter): void {
    if (request.kind !== 'request') return
    const { errors } = this.#rules
    const text = `weir: ${error.kind}: ${error.text}`.slice(0, errors.textUnitsMax).toWellFormed()
    const begun = this.#begun(request, 'error', errors.status(error.kind))
    if (errors.kind !== undefined) begun.draft.put(errors.kind, error.kind)
    if (errors.text !== undefined) this.#form.putText(begun.draft, errors.text, text)
    if (this.#form.write(begun, idOf(request), out) === undefined) return
    // Where there is no room for what is said, the bare error goes: a caller is never left without an answer.
    this.#form.write(this.#begun(request, 'error', errors.status(error.kind)), idOf(request), out)
  }

  reply(request: Message, { properties, body }: LocalReply, out: ByteWriter): EncodeProblem | undefined {
    if (request.kind !== 'request') return undefined
    const { targets, ok } = this.#rules
    const begun = this.#begun(request, 'response', [...ok][0] ?? 0)
    const problem = body === undefined ? undefined : begun.draft.body(body)
    if (problem !== undefined) return problem
    for (const [key, value] of properties) {
      const op = targets.properties.has(key) ? 'set' : 'add'
      const wrong = begun.draft.edit({ op, key, value })
      if (wrong !== undefined) return wrong
    }
    return this.#form.write(begun, idOf(request), out)
  }

  /** A sign of life, the answer to one, or the wish for nothing more; `body` is put into its body, if it has one. */
  beat(kind: DeclaredKind, id: MessageId, like: Message | undefined, body: Buffer, out: ByteWriter): void {
    const { targets, kinds } = this.#rules
    const begun = this.#form.begin(like)
    if (targets.body !== undefined && body.length > 0) begun.draft.texts.set(targets.body, body)
    for (const [name, value] of kinds.valuesOf(kind, kind === 'heartbeat' ? 'request' : 'response') ?? [])
      begun.draft.put(name, value)
    this.#form.write(begun, id, out)
  }

  #begun(request: Message, kind: 'error' | 'response', status: number): Begun {
    const { errors, targets, kinds } = this.#rules
    const begun = this.#form.begin(errors.copy === undefined ? request : undefined)
    for (const name of errors.copy ?? []) {
      const target = targets.names.get(name)
      if (target !== undefined) this.#form.copy(request, begun.draft, target)
    }
    if (targets.compressed !== undefined) begun.draft.values.set(targets.compressed, 0n)
    const values = kinds.valuesOf(kind, 'response') ?? kinds.valuesOf('response', 'response')
    for (const [name, value] of values ?? []) begun.draft.put(name, value)
    this.#form.putStatus(begun.draft, status)
    return begun
  }
}

/** The id that a message came with. */
export function idOf({ idHigh, idLow, idText }: Message): MessageId {
  return { high: idHigh, low: idLow, text: idText }
}
