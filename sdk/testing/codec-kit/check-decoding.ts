/** CheckDecoding: each vector's bytes in one chunk: the message that its list expects, and nothing else. */

import type { Message } from '../../message.ts'
import { idPlace, keyPlaces, placeOf } from './byte-marks.ts'
import type { CodecKit } from './codec-kit.ts'
import { guarded } from './codec-threw.ts'
import { type Facts, factsOf, shown } from './facts.ts'
import { bytesOf, type Sample } from './sample.ts'
import type { Trial } from './trial.ts'
import type { ExpectedMessage } from './vectors.ts'

export async function checkDecoding(kit: CodecKit): Promise<void> {
  for (const sample of kit.samples) await kit.part(sample, 'Given whole', () => decodeSample(kit, sample))
  for (const sample of kit.refusals) await kit.part(sample, 'Given whole', () => refuseSample(kit, sample))
}

async function decodeSample(kit: CodecKit, sample: Sample): Promise<void> {
  const trial = await kit.trial(sample.direction).give(sample.bytes)
  if (!counted(kit, sample, trial)) return
  const [message] = trial.messages
  if (message === undefined || sample.expected === undefined) return
  if (message.end - message.start !== sample.bytes.length)
    kit.add(
      'wrong_size',
      sample,
      `The frame has ${sample.bytes.length} bytes, the message is ${message.size} from ${message.start} to ${message.end}`,
    )
  compare(kit, sample, factsOf(message), sample.expected)
  compareAffinity(kit, sample, message, sample.expected)
  checkReading(kit, sample, trial)
}

/** Whether there is exactly one message, and the decoder says that nothing is begun. */
function counted(kit: CodecKit, sample: Sample, trial: Trial): boolean {
  const { failure, messages, refusals } = trial
  if (failure !== undefined) {
    kit.add('refuses_valid', sample, `The frame is called malformed (${failure.code}): ${failure.text}`)
    return false
  }
  if (refusals.length > 0) {
    kit.add('refuses_valid', sample, 'The frame is refused, though its body is within the limit')
    return false
  }
  if (messages.length === 0) {
    const said = trial.needed === undefined ? 'nothing' : `need(${trial.needed})`
    kit.add('no_message', sample, `All ${sample.bytes.length} bytes are there, and the decoder said ${said}`)
    return false
  }
  if (messages.length > 1) {
    kit.add('too_many_messages', sample, `One frame became ${messages.length} messages`)
    return false
  }
  if (trial.needed !== 0)
    kit.add(
      'need_without_frame',
      sample,
      `Behind a whole frame the decoder said ${saidOf(trial.needed)}, not need(0)`,
    )
  if (trial.pendingBytes !== 0)
    kit.add('pending_wrong', sample, `Behind a whole frame pendingBytes is ${trial.pendingBytes}`)
  return true
}

function saidOf(needed: number | undefined): string {
  return needed === undefined ? 'nothing' : `need(${needed})`
}

function compare(kit: CodecKit, sample: Sample, facts: Facts, expected: ExpectedMessage): void {
  if (facts.kind !== expected.kind)
    kit.add('wrong_kind', sample, `The kind is ${facts.kind}, expected ${expected.kind}`)
  if (expected.id !== undefined && facts.id !== String(expected.id))
    kit.add(
      'wrong_id',
      sample,
      `The id is ${facts.id}, expected ${expected.id}`,
      sample.bytes,
      idPlace(sample.bytes, String(expected.id), kit.codec.idBits),
    )
  for (const field of ['stream-id', 'status', 'operation', 'header-size'] as const) {
    const wanted = expected[field]
    if (wanted !== undefined && facts[field] !== wanted)
      kit.add(
        'wrong_field',
        sample,
        `The ${field} is ${shown(facts[field])}, expected ${shown(wanted)}`,
        sample.bytes,
        typeof wanted === 'string' ? placeOf(sample.bytes, wanted) : [],
      )
  }
  compareBody(kit, sample, facts, expected)
  compareProperties(kit, sample, facts, expected)
}

function compareAffinity(kit: CodecKit, sample: Sample, message: Message, expected: ExpectedMessage): void {
  const { affinity, 'wait-ms': wait } = expected
  if (affinity !== undefined && message.affinity !== affinity)
    kit.add('wrong_affinity', sample, `The affinity is ${message.affinity}, expected ${affinity}`)
  const waitMs = wait === 'forever' ? Number.POSITIVE_INFINITY : wait
  if (waitMs !== undefined && message.waitMs !== waitMs)
    kit.add('wrong_affinity', sample, `waitMs is ${message.waitMs}, expected ${waitMs}`)
}

function compareBody(kit: CodecKit, sample: Sample, facts: Facts, expected: ExpectedMessage): void {
  const text = expected['body-text']
  if (text === undefined && expected.body === undefined) return
  const wanted = text === undefined ? bytesOf(expected.body ?? '') : Buffer.from(text)
  if (wanted.toString('hex') === facts.body) return
  kit.add(
    'wrong_body',
    sample,
    `The body is ${shown(facts.body)}, expected ${shown(wanted.toString('hex'))}`,
    sample.bytes,
    placeOf(sample.bytes, wanted),
  )
}

function compareProperties(kit: CodecKit, sample: Sample, facts: Facts, expected: ExpectedMessage): void {
  for (const [key, value] of Object.entries(expected.properties)) {
    const wanted = value === null ? [] : (Array.isArray(value) ? value : [value]).map(String)
    const found = facts.properties[key] ?? []
    if (JSON.stringify(found) !== JSON.stringify(wanted))
      kit.add(
        'wrong_property',
        sample,
        `The property "${key}" is ${shown(facts.properties[key])}, expected ${wanted.length === 0 ? 'absent' : shown(wanted)}`,
        sample.bytes,
        placeOf(sample.bytes, wanted[0]),
      )
  }
  if (expected.keys !== undefined && JSON.stringify(expected.keys) !== JSON.stringify(facts.keys))
    kit.add(
      'wrong_keys',
      sample,
      `keys() is ${shown(facts.keys)}, expected ${shown(expected.keys)}`,
      sample.bytes,
      keyPlaces(sample.bytes, expected.keys, facts.keys),
    )
  if (new Set(facts.keys).size !== facts.keys.length)
    kit.add(
      'wrong_keys',
      sample,
      `keys() lists a key twice: ${shown(facts.keys)}`,
      sample.bytes,
      placeOf(
        sample.bytes,
        facts.keys.find((key, at) => facts.keys.indexOf(key) < at),
      ),
    )
}

/** What get, getAll, has and keys say of each other. */
function checkReading(kit: CodecKit, sample: Sample, trial: Trial): void {
  const [message] = trial.messages
  if (message === undefined) return
  guarded('reader_throws', () => {
    for (const key of message.keys())
      if (message.get(key) !== message.getAll(key)[0] || !message.has(key))
        kit.add(
          'wrong_keys',
          sample,
          `keys() lists "${key}", and get() answers ${shown(message.get(key))}`,
          sample.bytes,
          placeOf(sample.bytes, key),
        )
    if (message.get(ABSENT) !== undefined)
      kit.add('wrong_property', sample, `A key that is not there reads as ${shown(message.get(ABSENT))}`)
  })
}

const ABSENT = 'x-weir-no-such-key'

async function refuseSample(kit: CodecKit, sample: Sample): Promise<void> {
  const opened = sample.vector.opening === true
  const before = opened ? kit.bareTrial(sample.direction) : kit.trial(sample.direction)
  const trial = await before.give(sample.bytes)
  const { failure, messages } = trial
  if (messages.length > 0) kit.add('accepts_malformed', sample, 'Bytes that are no frame became a message')
  else if (failure === undefined)
    kit.add('accepts_malformed', sample, `Bytes that are no frame were answered with ${saidOf(trial.needed)}`)
  else if (failure.code !== sample.vector.malformed)
    kit.add('wrong_refusal', sample, `The code is ${failure.code}, expected ${sample.vector.malformed}`)
}
