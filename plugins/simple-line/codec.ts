/** The declaration: a request is one line of keys with values, and so is its answer, or it is any other text. */
import type { CodecDeclaration } from '../../sdk/schema/declaration.ts'

const LINE_BYTES_MAX = 4_096

export const declaration: CodecDeclaration = {
  about: 'Lines of keys with values.',
  'byte-order': 'big',
  'announce-drain': false,
  line: { end: '\r\n', 'also-end': '\n', between: ' ', 'size-max': LINE_BYTES_MAX },
  fields: [{ name: 'values', type: 'pairs', assign: '=', separator: '&', escape: 'percent' }],
  operation: '{op}',
  errors: { kind: 'error', text: 'message', otherwise: 1 },
}
