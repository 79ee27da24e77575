/** CheckDeterminism: the same is asked several times, and the same has to come of it. */
import { Mutation } from '../../mutation.ts'
import type { CodecKit } from './codec-kit.ts'
import { difference, type Facts, factsOf } from './facts.ts'
import type { Sample } from './sample.ts'

const REPEATS = 4

interface Outcome {
  readonly facts: Facts
  /** What is written, by what writes it. */
  readonly written: Readonly<Record<string, string>>
}

export async function checkDeterminism(kit: CodecKit): Promise<void> {
  for (const sample of kit.samples)
    await kit.part(sample, 'Done several times', async () => {
      const first = await outcomeOf(kit, sample)
      for (let i = 1; i < REPEATS && first !== undefined; i++) {
        const again = await outcomeOf(kit, sample)
        if (again !== undefined) compare(kit, sample, first, again)
      }
    })
}

function compare(kit: CodecKit, sample: Sample, first: Outcome, again: Outcome): void {
  const different = difference(first.facts, again.facts)
  if (different !== undefined) kit.add('nondeterministic', sample, `Decoded again, ${different}`)
  for (const [name, hex] of Object.entries(first.written))
    if (again.written[name] !== hex)
      kit.add('nondeterministic', sample, `${name} writes other bytes the next time`, Buffer.from(hex, 'hex'))
}

async function outcomeOf(kit: CodecKit, sample: Sample): Promise<Outcome | undefined> {
  const message = await kit.decoded(sample.bytes, sample.direction)
  const changed = await kit.decoded(sample.bytes, sample.direction)
  if (message === undefined || changed === undefined) return undefined
  const facts = factsOf(message)
  changed.mutation = new Mutation()
  for (const key of ['x-weir-a', 'x-weir-b', 'x-weir-c']) changed.mutation.set(key, key)
  const { codec } = kit
  const written: Record<string, string> = {}
  const note = (name: string, bytes: Buffer) => {
    written[name] = bytes.toString('hex')
  }
  const mutated = await kit.written(changed)
  note('encode with a mutation', mutated.kind === 'bytes' ? mutated.bytes : Buffer.from(mutated.text))
  if (message.kind === 'request') {
    const error = { kind: 'denied', text: 'no' } as const
    const writing = { kind: 'error', request: message, error } as const
    note('encodeError', await kit.appended(writing, (out) => codec.encodeError(message, error, out)))
  }
  if (message.kind === 'heartbeat') {
    const writing = { kind: 'heartbeat-reply', heartbeat: message } as const
    note(
      'encodeHeartbeatReply',
      await kit.appended(writing, (out) => codec.encodeHeartbeatReply?.(message, out)),
    )
  }
  note('encodeHeartbeat', await kit.appended(undefined, (out) => codec.encodeHeartbeat?.(0, 1, out)))
  return { facts, written }
}
