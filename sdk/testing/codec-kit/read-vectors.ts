/** ReadVectors: the text of a `NAME.vectors.yaml` as a list of vectors, or everything that is wrong with it. */
import Value from 'typebox/value'
import { isMap, LineCounter, parseDocument } from 'yaml'
import { type CodecVectors, codecVectors } from './vectors.ts'

const ALIASES_MAX = 100

/** Throws an error whose message has one line for each mistake, with its file and line. */
export function readVectors(text: string, file: string): CodecVectors {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  const at = (offset: number) => `${file}:${lines.linePos(offset).line}`
  const [mistake] = document.errors
  if (mistake !== undefined) throw new Error(`${at(mistake.pos[0])}: ${mistake.message}`)
  const filled: unknown = Value.Default(codecVectors, document.toJS({ maxAliasCount: ALIASES_MAX }))
  const problems = [...Value.Errors(codecVectors, filled)].map(({ instancePath, message }) => {
    const path = instancePath.split('/').slice(1)
    return `${at(offsetOf(document, path))}: ${path.join('.')} ${message}`
  })
  if (problems.length > 0) throw new Error(problems.join('\n'))
  const list = Value.Decode(codecVectors, filled)
  const missing = list.vectors.filter(incomplete).map(({ name }) => `${file}: "${name}" ${INCOMPLETE}`)
  if (missing.length > 0) throw new Error(missing.join('\n'))
  return list
}

const INCOMPLETE = 'needs its bytes (hex or text) and what they are (message or malformed)'

function incomplete(vector: CodecVectors['vectors'][number]): boolean {
  const bytes = [vector.hex, vector.text].filter((each) => each !== undefined)
  const means = [vector.message, vector.malformed].filter((each) => each !== undefined)
  return bytes.length !== 1 || means.length !== 1
}

/** Where a value stands in the text; the nearest that stands there, when it does not. */
function offsetOf(document: ReturnType<typeof parseDocument>, path: readonly string[]): number {
  for (let size = path.length; size >= 0; size--) {
    const steps = path.slice(0, size).map((step) => (/^[0-9]+$/.test(step) ? Number(step) : step))
    const node: unknown = size === 0 ? document.contents : document.getIn(steps, true)
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range))
      return Number(node.range[0])
    if (isMap(node)) return 0
  }
  return 0
}
