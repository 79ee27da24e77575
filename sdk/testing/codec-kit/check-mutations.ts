/**
 * CheckMutations: everything that a filter may record, for each vector: the result, decoded again, shows the change
 * and nothing else, and every length is right; or the codec says that it cannot, and names the key.
 */
import type { Message } from '../../message.ts'
import { Mutation } from '../../mutation.ts'
import { changed, differences, placeOf } from './byte-marks.ts'
import { type CodecKit, idOf } from './codec-kit.ts'
import { type Facts, factsOf, propertyDifference, shown } from './facts.ts'
import type { Mark } from './finding.ts'
import { lengthFields } from './length-fields.ts'
import { type Change, editedProperties, record, toldChanges, triedChanges } from './mutation-changes.ts'
import { bytesOf, type Sample } from './sample.ts'

/** Filters see these. */
const MUTABLE = new Set(['request', 'oneway', 'response', 'error'])
/** So that what a change adds is never too large. */
const ROOM_BYTES = 1 << 20

export async function checkMutations(kit: CodecKit): Promise<void> {
  for (const sample of kit.samples) {
    if (!MUTABLE.has(sample.kind ?? '')) continue
    await kit.part(sample, 'Decoded to be changed', async () => {
      const message = await kit.decoded(sample.bytes, sample.direction)
      if (message === undefined) return
      const facts = factsOf(message)
      let found: Promise<readonly Mark[]> | undefined
      // Looked for where something is wrong, and once.
      const lengths = () => {
        found ??= lengthFields(kit, sample)
        return found
      }
      for (const change of [...toldChanges(sample), ...triedChanges(facts)])
        await kit.part(sample, `With ${change.name}`, () =>
          apply(kit, { sample, before: facts, lengths }, change),
        )
    })
  }
}

interface Subject {
  readonly sample: Sample
  readonly before: Facts
  lengths(): Promise<readonly Mark[]>
}

async function apply(kit: CodecKit, subject: Subject, change: Change): Promise<void> {
  const { sample, before } = subject
  const message = await kit.decoded(sample.bytes, sample.direction)
  if (message === undefined) return
  message.mutation = new Mutation()
  record(change, message.mutation)
  const written = await kit.written(message, idOf(message))
  if (written.kind === 'problem') {
    refused(kit, sample, change, written.text)
    return
  }
  if (change.told?.refused === true)
    kit.add('mutation_lost', sample, `${change.name} is to be refused, and was written`, written.bytes)
  const wanted = change.told?.hex === undefined ? undefined : bytesOf(change.told.hex)
  if (wanted !== undefined && !wanted.equals(written.bytes)) {
    const marks = differences(wanted, written.bytes)
    const text = `With ${change.name}, the frame is another than the vector's${wantedAt(wanted, marks)}`
    kit.add('mutation_differs', sample, text, written.bytes, marks)
  }
  const trial = await kit.trial(sample.direction, kit.list['body-size-max'] + ROOM_BYTES).give(written.bytes)
  const [after, ...others] = trial.messages
  if (after === undefined || others.length > 0 || trial.failure !== undefined || trial.pendingBytes > 0) {
    const what =
      trial.failure === undefined
        ? `need(${trial.needed})`
        : `malformed (${trial.failure.code}: ${trial.failure.text})`
    kit.add(
      'mutation_lengths',
      sample,
      `With ${change.name}, what was written decodes as ${trial.messages.length} messages and ${what}`,
      written.bytes,
      await suspects(subject, written.bytes),
    )
    return
  }
  compare(kit, sample, { before, change, after, bytes: written.bytes })
}

function wantedAt(wanted: Buffer, [first]: readonly Mark[]): string {
  if (first === undefined) return ''
  const bytes = wanted.toString('hex', first.at, first.at + first.size)
  return `, which has ${bytes === '' ? 'no byte' : bytes} at ${first.at}`
}

/** The lengths that stand where they stood, else what was written anew. */
async function suspects({ sample, lengths }: Subject, written: Buffer): Promise<readonly Mark[]> {
  const edits = changed(sample.bytes, written)
  const at = edits[0]?.at ?? 0
  const before = (await lengths()).filter((field) => field.at <= at)
  return before.length === 0 ? edits : before
}

function refused(kit: CodecKit, sample: Sample, change: Change, text: string): void {
  if (change.told !== undefined && change.told.refused !== true)
    kit.add('mutation_lost', sample, `${change.name} was refused: ${text}`)
  const names = change.edits.map(({ key }) => key)
  if (change.body !== undefined) names.push('body')
  if (!names.some((name) => text.includes(name)))
    kit.add('mutation_unnamed', sample, `${change.name} was refused without a name: ${text}`)
}

interface Applied {
  readonly before: Facts
  readonly change: Change
  readonly after: Message
  readonly bytes: Buffer
}

function compare(kit: CodecKit, sample: Sample, { before, change, after, bytes }: Applied): void {
  const facts = factsOf(after)
  const marks = changed(sample.bytes, bytes)
  for (const field of ['kind', 'id', 'stream-id', 'status'] as const)
    if (facts[field] !== before[field])
      kit.add(
        'mutation_breaks',
        sample,
        `With ${change.name}, its ${field} is ${shown(facts[field])} instead of ${shown(before[field])}`,
        bytes,
        marks,
      )
  const inBody = kit.list['properties-in-body']
  if (change.body !== undefined) {
    const wanted = change.body.toString('hex')
    const whole = inBody && change.edits.length > 0
    if (!whole && facts.body !== wanted)
      kit.add(
        'mutation_lost',
        sample,
        `With ${change.name}, its body is ${shown(facts.body)} instead of ${shown(wanted)}`,
        bytes,
        marks,
      )
    if (inBody) return
  } else if (!inBody && facts.body !== before.body) {
    kit.add(
      'mutation_breaks',
      sample,
      `With ${change.name}, its body is ${shown(facts.body)} instead of ${shown(before.body)}`,
      bytes,
      marks,
    )
  }
  compareProperties(kit, sample, { before, change, bytes, facts })
}

function compareProperties(
  kit: CodecKit,
  sample: Sample,
  { before, change, bytes, facts }: Pick<Applied, 'before' | 'change' | 'bytes'> & { readonly facts: Facts },
): void {
  const edited = new Set(change.edits.map(({ key }) => key))
  const marks = changed(sample.bytes, bytes)
  const wanted = editedProperties(before.properties, change.edits)
  for (const key of edited) {
    const only = (properties: Facts['properties']) => ({ [key]: properties[key] ?? [] })
    const lost = propertyDifference(only(wanted), only(facts.properties))
    const seen = marks.length > 0 ? marks : placeOf(bytes, key)
    if (lost !== undefined) kit.add('mutation_lost', sample, `With ${change.name}, ${lost}`, bytes, seen)
  }
  const passed = new Set([...edited, ...kit.list.derived])
  for (const group of kit.list.together)
    if (group.some((key) => edited.has(key))) for (const key of group) passed.add(key)
  const broken = propertyDifference(wanted, facts.properties, passed)
  if (broken !== undefined) kit.add('mutation_breaks', sample, `With ${change.name}, ${broken}`, bytes, marks)
}
