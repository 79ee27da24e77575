/** CompileLines: a declaration of text lines as a codec. */
import type { Codec } from '../codec.ts'
import { findAreas } from './area-field.ts'
import { areaReader, checkNames, conditionNames } from './condition-names.ts'
import { findConnectionRules } from './connection-rules.ts'
import type { CodecDeclaration } from './declaration.ts'
import type { Field } from './field.ts'
import { findKinds } from './kinds.ts'
import { LineCodec } from './line-codec.ts'
import type { LinePlan } from './line-plan.ts'
import { LineView } from './line-view.ts'
import { placeFields } from './place-fields.ts'
import type { SchemaProblem } from './problem.ts'
import { type FieldReader, SchemaReader } from './property-reader.ts'
import { errorParts } from './reply-parts.ts'
import { findTargets, operationPieces, textReader } from './targets.ts'

const PAIRS_MAX = 1_024
const NO_FIELD = (): undefined => undefined

export function compileLines(
  name: string,
  declaration: CodecDeclaration,
  problems: SchemaProblem[],
): (() => Codec) | undefined {
  const fields = placeFields(declaration, problems)
  checkMeanings(fields, problems)
  const { end = '', 'also-end': also } = declaration.line ?? {}
  if (also !== undefined && end.includes(also) && !end.endsWith(also))
    problems.push({
      path: ['line', 'also-end'],
      text: `${JSON.stringify(also)} would be found inside of each "end"`,
    })
  const build = (said: SchemaProblem[]): Codec => buildCodec(name, declaration, fields, said)
  build(problems)
  return problems.length > 0 ? undefined : () => build([])
}

function buildCodec(
  name: string,
  declaration: CodecDeclaration,
  fields: readonly Field[],
  problems: SchemaProblem[],
): Codec {
  const { line, limits, heartbeat } = declaration
  const between = Buffer.from(line?.between ?? ' ')
  const view = new LineView(between, fields.length)
  const areas = findAreas(fields, declaration, limits?.pairs ?? PAIRS_MAX, problems)
  const telling = new Set(conditionNames(declaration))
  const targets = findTargets({ fields, slots: [], view, slotReader: () => NO_FIELD, telling }, problems)
  const find = (key: string): FieldReader | undefined => {
    const field = targets.names.get(key)?.field
    return field === undefined ? areaReader(areas, key) : textReader(field, view)
  }
  const sources = { slots: [], find, known: [...targets.names.keys()] }
  const kinds = findKinds(declaration, sources, problems)
  const body = fields.at(-1)
  const operation = operationPieces(declaration.operation, targets, areas, problems)
  const reader = new SchemaReader({
    protocol: name,
    view,
    fields: targets.readers,
    areas,
    body,
    compressed: undefined,
    operation,
  })
  const status = fields.find(({ declared }) => declared.is === 'status')
  const id = fields.find(({ declared }) => declared.is === 'id')
  const plan: LinePlan = {
    name,
    fields,
    view,
    reader,
    kinds,
    constants: fields.flatMap((field) => constantOf(field, view)),
    id,
    status: status === undefined ? undefined : { field: status, read: textReader(status, view) },
    ok: new Set(status?.declared.ok ?? [0]),
    body,
    end: Buffer.from(line?.end ?? '\r\n'),
    alsoEnd: line?.['also-end'] === undefined ? undefined : Buffer.from(line['also-end']),
    between,
    lineBytesMax: line?.['size-max'] ?? 65_536,
  }
  checkNames(declaration, targets, areas, problems)
  if (declaration.correlation === 'id' && id === undefined)
    problems.push({
      path: ['correlation'],
      text: 'no word is the id (`is: id`) by which replies find their requests',
    })
  return new LineCodec({
    plan,
    targets: {
      properties: targets.properties,
      names: targets.names,
      areas,
      body,
      compressed: undefined,
      reader,
    },
    correlation: declaration.correlation ?? (id === undefined ? 'fifo' : 'id'),
    connections: findConnectionRules(declaration, sources, problems),
    errors: errorParts(declaration),
    heartbeatLine: heartbeat?.line,
    heartbeatReplyLine: heartbeat?.['reply-line'],
    announcesDrain: declaration['announce-drain'],
  })
}

function constantOf(field: Field, view: LineView): LinePlan['constants'] {
  const { value } = field.declared
  if (value === undefined) return []
  return [{ field, values: [value].flat().map(String), read: textReader(field, view) }]
}

function checkMeanings(fields: readonly Field[], problems: SchemaProblem[]): void {
  for (const { index, declared } of fields) {
    const { is } = declared
    if (is === 'length' || is === 'checksum' || is === 'compressed')
      problems.push({ path: ['fields', index, 'is'], text: `a line has no ${is}` })
    if (is === 'magic' && declared.value === undefined)
      problems.push({ path: ['fields', index], text: '"value" is missing: what must stand there' })
    if (declared.type === 'json' && index < fields.length - 1)
      problems.push({
        path: ['fields', index, 'type'],
        text: 'json takes the rest of a line: it is the last field',
      })
  }
}
