/** CompileFrames: a declaration of binary frames as a codec. */
import type { Codec, Correlation } from '../codec.ts'
import type { Message } from '../message.ts'
import { readLow, varintBytes } from '../wire-number.ts'
import { type AreaField, findAreas } from './area-field.ts'
import { areaReader, checkNames, conditionNames } from './condition-names.ts'
import { findConnectionRules } from './connection-rules.ts'
import type { CodecDeclaration } from './declaration.ts'
import { type Field, isPart } from './field.ts'
import { findChecksums } from './find-checksums.ts'
import { findSlots } from './find-slots.ts'
import { FrameCodec } from './frame-codec.ts'
import type { Constant, FramePlan } from './frame-plan.ts'
import { FrameView } from './frame-view.ts'
import { findKinds } from './kinds.ts'
import { Layout } from './layout.ts'
import { lengthsOf } from './lengths.ts'
import { findParts } from './parts.ts'
import { placeFields } from './place-fields.ts'
import type { SchemaProblem } from './problem.ts'
import { type FieldReader, SchemaReader } from './property-reader.ts'
import { errorParts } from './reply-parts.ts'
import { constantValues, onlySlot } from './roles.ts'
import type { Slot } from './slot.ts'
import { type FoundTargets, findTargets, operationPieces, textReader } from './targets.ts'

const FRAME_BYTES_MAX = 67_108_864
const HEADER_BYTES_MAX = 8_192
/** A frame that is begun is held in one piece only up to here. */
const HEADER_BYTES_CEILING = 16_383
const PAIRS_MAX = 1_024

export function compileFrames(
  name: string,
  declaration: CodecDeclaration,
  problems: SchemaProblem[],
): (() => Codec) | undefined {
  const fields = placeFields(declaration, problems)
  const lengths = lengthsOf(fields, problems)
  const found = findParts(fields, lengths, problems)
  checkMeanings(fields, problems)
  const slots = findSlots(fields, problems)
  const pairsMax = declaration.limits?.pairs ?? PAIRS_MAX
  const areas = findAreas(fields, declaration, pairsMax, problems)
  const correlation = correlationOf(declaration, fields, slots, problems)
  // Once without traffic, so that everything that is wrong is said now.
  const build = (said: SchemaProblem[]): Codec | undefined => {
    const layout = new Layout(fields, lengths, found, pairsMax)
    return buildCodec({ name, declaration, layout, slots, areas, correlation }, said)
  }
  build(problems)
  if (problems.length > 0) return undefined
  return () => {
    const codec = build([])
    if (codec === undefined) throw new Error(`${name} cannot be made`)
    return codec
  }
}

interface Parts {
  readonly name: string
  readonly declaration: CodecDeclaration
  readonly layout: Layout
  readonly slots: readonly Slot[]
  readonly areas: readonly AreaField[]
  readonly correlation: Correlation
}

function buildCodec(parts: Parts, problems: SchemaProblem[]): Codec | undefined {
  const { name, declaration, layout, slots, areas } = parts
  const view = new FrameView(layout)
  const { fields } = layout
  const telling = new Set(conditionNames(declaration))
  const slotReader = (slot: Slot) => readerOf(slot, layout, view, true)
  const targets = findTargets({ fields, slots, view, slotReader, telling }, problems)
  const sources = testSources(targets, areas, layout, view, slots)
  const kinds = findKinds(declaration, sources, problems)
  const body = fields.find(({ form }) => form === 'body') ?? fields.findLast(({ form }) => form === 'json')
  const compressed = onlySlot(slots, 'compressed', problems)
  const reader = new SchemaReader({
    protocol: name,
    view,
    fields: targets.readers,
    areas,
    body,
    compressed: compressed === undefined ? undefined : nonZero(compressed, layout, view),
    operation: operationPieces(declaration.operation, targets, areas, problems),
  })
  const status = onlySlot(slots, 'status', problems)
  const plan: FramePlan = {
    name,
    layout,
    view,
    reader,
    kinds,
    slots,
    constants: constantsOf(fields, problems),
    checksums: findChecksums(fields, problems),
    id: onlySlot(slots, 'id', problems),
    textId: fields.find(
      ({ declared, form }) => declared.is === 'id' && (form === 'fixed' || form === 'sized'),
    ),
    status,
    ok: new Set(status?.declared.ok ?? [0]),
    body,
    compressed,
    frameBytesMax: declaration.limits?.frame ?? FRAME_BYTES_MAX,
    headerBytesMax: Math.min(declaration.limits?.header ?? HEADER_BYTES_MAX, HEADER_BYTES_CEILING),
  }
  checkNames(declaration, targets, areas, problems)
  const blankSizes = smallestSizes(layout)
  const { heartbeat } = declaration
  const reply = heartbeat?.reply
  return new FrameCodec({
    plan,
    targets: { properties: targets.properties, names: targets.names, areas, body, compressed, reader },
    correlation: parts.correlation,
    connections: findConnectionRules(declaration, sources, problems),
    errors: errorParts(declaration),
    heartbeatBody: Buffer.from((heartbeat?.body ?? '').replaceAll(/\s/g, ''), 'hex'),
    heartbeatReplyBody: reply === 'same' ? 'same' : Buffer.from((reply ?? '').replaceAll(/\s/g, ''), 'hex'),
    announcesDrain: declaration['announce-drain'] && declaration.kinds?.drain !== undefined,
    blank: blankFrame(plan, blankSizes),
    blankSizes,
  })
}

/** Reads a number, in decimal digits or, where it has words, as a word. */
function readerOf(slot: Slot, layout: Layout, view: FrameView, worded: boolean): FieldReader {
  const { field, bits } = slot
  const { offset, width, little } = field
  const bare = field.part === 0 && field.form === 'number' && bits === width * 8 && bits <= 32
  const plain = !field.signed && slot.declared.names === undefined
  if (bare && (plain || !worded))
    return ({ bytes, start }: Message) => String(readLow(bytes, start + offset, width, little))
  const inHead = field.part === 0 && field.form === 'number'
  return (message: Message) => {
    if (!inHead && !view.load(message)) return undefined
    if (worded) return slot.read(layout, message.bytes, message.start)
    const high = BigInt(slot.high(layout, message.bytes, message.start))
    return String((high << 32n) | BigInt(slot.low(layout, message.bytes, message.start)))
  }
}

function nonZero(slot: Slot, layout: Layout, view: FrameView): (message: Message) => boolean {
  return (message) => view.load(message) && slot.low(layout, message.bytes, message.start) !== 0
}

function testSources(
  targets: FoundTargets,
  areas: readonly AreaField[],
  layout: Layout,
  view: FrameView,
  slots: readonly Slot[],
) {
  const find = (name: string): FieldReader | undefined => {
    const target = targets.names.get(name)
    if (target?.slot !== undefined) return readerOf(target.slot, layout, view, false)
    if (target !== undefined && target.field.form !== 'body') return textReader(target.field, view)
    return areaReader(areas, name)
  }
  return { slots, find, known: [...targets.names.keys()] }
}

function constantsOf(fields: readonly Field[], problems: SchemaProblem[]): readonly Constant[] {
  const found = fields.flatMap((field): readonly Constant[] => {
    const { is, value } = field.declared
    if (isPart(field.form) || value === undefined) return []
    return [{ field, values: constantValues(field, problems), code: is === 'version' ? 'version' : 'magic' }]
  })
  return found.toSorted((left, right) => left.field.index - right.field.index)
}

function checkMeanings(fields: readonly Field[], problems: SchemaProblem[]): void {
  for (const { index, declared, form } of fields) {
    const path = ['fields', index]
    if (declared.is === 'magic' && declared.value === undefined)
      problems.push({ path, text: '"value" is missing: what must stand there' })
    if (declared.is === 'id' && (form === 'pairs' || form === 'json' || form === 'body'))
      problems.push({ path: [...path, 'type'], text: 'an id is a number, bytes or a text' })
    if ((declared.is === 'status' || declared.is === 'compressed') && form !== 'number' && form !== 'varint')
      problems.push({
        path: [...path, 'type'],
        text: `"is: ${declared.is}" goes with a number, or bits of one`,
      })
    for (const [bit, { is }] of (declared.bits ?? []).entries()) {
      if (is === undefined || is === 'status' || is === 'compressed' || is === 'reserved' || is === 'id')
        continue
      problems.push({ path: [...path, 'bits', bit, 'is'], text: `bits are no ${is}: it is a whole field` })
    }
  }
}

function correlationOf(
  { correlation }: CodecDeclaration,
  fields: readonly Field[],
  slots: readonly Slot[],
  problems: SchemaProblem[],
): Correlation {
  const ids =
    fields.some(({ declared }) => declared.is === 'id') || slots.some(({ declared }) => declared.is === 'id')
  if (correlation === 'id' && !ids)
    problems.push({
      path: ['correlation'],
      text: 'no field is the id (`is: id`) by which replies find their requests',
    })
  return correlation ?? (ids ? 'id' : 'fifo')
}

/** The parts of a frame in which there is nothing; a variable length has as many bytes as it then needs. */
function smallestSizes(layout: Layout): readonly number[] {
  for (const { index, rule } of layout.parts)
    layout.sizes[index] = rule.by === 'varint' ? 1 : rule.by === 'length' ? 0 : Math.max(1, rule.width)
  for (const length of layout.lengths)
    if (length.field.form === 'varint')
      layout.sizes[length.field.part] = varintBytes(0, layout.lengthValue(length)).length
  return [...layout.sizes]
}

/** A frame with constants and defaults, whose parts are as small as they can be. */
function blankFrame({ layout, slots }: FramePlan, smallest: readonly number[]): Buffer {
  const bytes = Buffer.alloc(layout.fixedSize + smallest.reduce((sum, size) => sum + size, 0))
  for (const [part, size] of smallest.entries()) layout.sizes[part] = size
  for (const field of layout.fields) {
    if (isPart(field.form)) continue
    const [constant] = constantValues(field, [])
    const at = layout.position(field, 0)
    if (constant !== undefined) constant.copy(bytes, at)
    else if (field.form === 'fixed' && field.declared.default !== undefined)
      bytes.write(String(field.declared.default), at, field.width, field.text ? 'utf8' : 'hex')
  }
  for (const slot of slots) {
    const value = slot.declared.default === undefined ? undefined : slot.parse(String(slot.declared.default))
    if (value === undefined || slot.field.form !== 'number') continue
    slot.write(bytes, layout.position(slot.field, 0), Number(value >> 32n), Number(value & 0xffff_ffffn))
  }
  for (const length of layout.lengths) {
    if (length.field.form !== 'varint') continue
    varintBytes(0, layout.lengthValue(length)).copy(bytes, layout.position(length.field, 0))
  }
  layout.writeLengths(bytes, 0)
  return bytes
}
