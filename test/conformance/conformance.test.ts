/** Every case in every language that needs no compiler of its own; the others are in `test/interop/kits.test.ts`. */
import { describe, it } from 'vitest'
import { cases } from './cases.ts'
import { conforms } from './conforms.ts'
import { languages } from './languages.ts'
import { vectorCases } from './vector-cases.ts'

describe.each(languages)('$name', (language) => {
  it.each([...cases, ...vectorCases])('$name', (tried) => conforms(language, tried))
})
