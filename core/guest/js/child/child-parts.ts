/** ChildParts: the parts of the program of a plugin's process, by the names under which it finds them. */
import { childAnswers } from './child-answers.ts'
import { childCalls } from './child-calls.ts'
import { childFailures } from './child-failures.ts'
import { childInput } from './child-input.ts'
import { childIsolates } from './child-isolates.ts'
import { childPatience } from './child-patience.ts'

export type ChildParts = typeof childParts

export const childParts = {
  input: childInput,
  answers: childAnswers,
  failures: childFailures,
  patience: childPatience,
  isolates: childIsolates,
  calls: childCalls,
} as const
