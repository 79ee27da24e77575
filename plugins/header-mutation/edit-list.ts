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
    for (const { op, key, format } of this.#edits) {
      if (op === 'remove') {
        mutation.remove(key)
        continue
      }
      const value = format.write(facts)
      if (value.length > VALUE_CHARS_MAX || (value === '' && !format.constant)) continue
      if (op === 'set') mutation.set(key, value)
      else mutation.add(key, value)
    }
  }
}

function compileEdits(options: EditOptions, phase: FormatPhase, report: ProblemReport): CompiledEdit[] {
  const compile = (op: 'set' | 'add', key: string, text: string): CompiledEdit => ({
    op,
    key,
    format: compileFormat(text, phase, (problem) => report([phase, op, key], problem)),
  })
  const nothing = compileFormat('', phase, () => {})
  return [
    ...(options.remove ?? []).map((key) => ({ op: 'remove' as const, key, format: nothing })),
    ...Object.entries(options.set ?? {}).map(([key, text]) => compile('set', key, text)),
    ...Object.entries(options.add ?? {}).map(([key, text]) => compile('add', key, text)),
  ]
}
