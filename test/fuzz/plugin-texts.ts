/**
 * The fuzz target of what authors write as text: declared codecs and manifests, damaged. Whatever comes in, it is read or
 * refused with sentences; a codec that comes of it decodes anything and throws nothing.
 */
import { readFileSync } from 'node:fs'
import { readManifest } from '../../core/config/plugin-manifest.ts'
import { readSchemaCodec } from '../../core/config/schema-codec.ts'
import { ByteWriter } from '../../sdk/index.ts'
import { Collected } from '../support/collected.ts'
import { Damage } from './damage.ts'

const FILES = ['awesomerpc', 'courier', 'newswire', 'simple-line'].map(
  (name) => `../../examples/${name}/${name}.codec.yaml`,
)
const MANIFEST = `name: tag
version: 1.2.0
capabilities: [clock, log]
listeners: [main]
options: { type: object, properties: { who: { type: string, maxLength: 5 }, many: { type: array, items: { enum: [a, b] } } } }
config: { who: &who nobody, many: [a, b] }
examples:
  - title: one
    request: { operation: a/b, properties: { caller: *who } }
    expect: { verdict: reply, error: denied, properties: { tag: null } }
`
const WORDS = [
  '-1',
  '0',
  '4294967296',
  '1e99',
  '__proto__',
  'constructor',
  '[]',
  '{}',
  '*who',
  '&who x',
  '~',
  '"\\0"',
  'u32',
  'rest',
]
const CHUNKS = 4

export class PluginTextsTarget {
  readonly name = 'plugin-texts'
  readonly #damage: Damage
  readonly #texts: readonly string[]

  constructor(seed: number) {
    this.#damage = new Damage(seed)
    this.#texts = [MANIFEST, ...FILES.map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'))]
  }

  next(): Buffer {
    const { pick, below } = {
      pick: <T>(all: readonly T[]) => this.#damage.pick(all),
      below: (n: number) => this.#damage.below(n),
    }
    const lines = (pick(this.#texts) ?? '').split('\n')
    for (let left = below(5); left > 0; left--) {
      const at = below(lines.length)
      const line = lines[at] ?? ''
      const change = below(4)
      if (change === 0) lines.splice(at, 1)
      else if (change === 1) lines.splice(below(lines.length), 0, line)
      else if (change === 2) lines[at] = line.replace(/[^\s:,[\]{}]+(?=[^:]*$)/, pick(WORDS) ?? '')
      else
        lines[at] = line.replace(
          /[a-z]+(?=:)/,
          pick(['size', 'type', 'length', 'id', 'when', '__proto__']) ?? '',
        )
    }
    const text = Buffer.from(lines.join('\n'))
    return below(6) === 0 ? this.#damage.of(text) : text
  }

  exercise(input: Buffer): string | undefined {
    try {
      const text = input.toString('utf8')
      readManifest(text, 'tag', 'tag.plugin.yaml')
      const read = readSchemaCodec('fuzz', 'fuzz.codec.yaml', text)
      if (read.kind === 'codec') this.#decode(read.factory.create(), input)
      return Object.keys(Object.prototype).length === 0 ? undefined : 'a prototype was changed'
    } catch (error) {
      return `it threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
    }
  }

  #decode(codec: ConstructorParameters<typeof Collected>[0], seed: Buffer): void {
    for (const direction of ['request', 'response'] as const) {
      const collected = new Collected(codec, direction)
      for (let chunk = 0; chunk < CHUNKS; chunk++) {
        const bytes = Buffer.from(
          Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? this.#damage.below(256) : 0)),
        )
        collected.give(chunk === 0 ? seed.subarray(0, 100) : bytes)
      }
      for (const message of collected.messages.slice(0, 4)) {
        for (const key of message.keys()) message.getAll(key)
        codec.encode(message, 0, 1, new ByteWriter())
      }
    }
  }
}
