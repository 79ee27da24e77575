/** EditList: the edits of one direction, with their values compiled. */
import {
  compileFormat,
  type Edit,
  type Format,
  type FormatFacts,
  type FormatPhase,
  type Mutation,
  type ProblemReport,
} from '../../sdk/index.ts'
import type { EditOptions } from './options.ts'

interface CompiledEdit {
  readonly op: Edit['op']
  readonly key: string
  readonly format: Format
  /** What it comes to for every message; `undefined` where that hangs on the message. */
  readonly always: Edit | undefined
}

/** Values come from callers, and are sent to others: what is longer is not set. */
const VALUE_CHARS_MAX = 65_536

export class EditList {
  readonly #edits: readonly CompiledEdit[]

  constructor(options: EditOptions | undefined, phase: 'request' | 'response', report: ProblemReport) {
    this.#edits = options === undefined ? [] : compileEdits(options, phase, report)
  }

  get empty(): boolean {
    return this.#edits.length === 0
  }

  /** Records the edits; one whose operators all come to nothing is left out. */
  record(mutation: Mutation, facts: FormatFacts): void {
    for (const edit of this.#edits) {
      if (edit.always === undefined) recordOf(edit, mutation, facts)
      else mutation.repeat(edit.always)
    }
  }
}

function recordOf({ op, key, format }: CompiledEdit, mutation: Mutation, facts: FormatFacts): void {
  const value = format.write(facts)
  if (value === '' || value.length > VALUE_CHARS_MAX) return
  mutation.repeat({ op, key, value })
}

function compileEdits(options: EditOptions, phase: FormatPhase, report: ProblemReport): CompiledEdit[] {
  const compile = (op: Edit['op'], key: string, text: string): CompiledEdit => {
    const format = compileFormat(text, phase, (problem) => report([phase, op, key], problem))
    return { op, key, format, always: constantOf(op, key, format) }
  }
  return [
    ...(options.remove ?? []).map((key) => compile('remove', key, '')),
    ...Object.entries(options.set ?? {}).map(([key, text]) => compile('set', key, text)),
    ...Object.entries(options.add ?? {}).map(([key, text]) => compile('add', key, text)),
  ]
}

/** Made once, so that a codec that has written it knows it again. */
function constantOf(op: Edit['op'], key: string, format: Format): Edit | undefined {
  const value = format.constantText
  return value === undefined || value.length > VALUE_CHARS_MAX ? undefined : { op, key, value }
}
