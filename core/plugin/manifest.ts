/**
 * Manifest: what a plugin says about itself beside its code: where it may be attached, what it needs, how it is
 * configured, and examples that have to come out right before it goes live. Everything may be left out.
 */
import { choice, type ErrorKind, errorTable, type Infer, options, Type } from '../../sdk/index.ts'
import { grantNames } from './options.ts'

const errorKinds = Object.keys(errorTable).filter((kind): kind is ErrorKind =>
  Object.hasOwn(errorTable, kind),
)
const plainMap = (about: string) => Type.Record(Type.String(), Type.Unknown(), { description: about })

const exampleOptions = options({
  title: Type.Optional(Type.String({ maxLength: 200 })),
  config: Type.Optional(plainMap('The configuration of this example, on top of the default one.')),
  request: options({
    operation: Type.String({ default: '', description: 'Such as demo.Greeter/hello.' }),
    properties: Type.Record(Type.String(), Type.String(), { default: {} }),
    body: Type.String({ default: '' }),
  }),
  expect: options({
    verdict: choice(['continue', 'reply', 'forward', 'drop', 'close', 'pause'], {
      about: 'What the plugin answers.',
      default: 'continue',
    }),
    error: Type.Optional(choice(errorKinds, { about: 'The error that it replies with.' })),
    cluster: Type.Optional(Type.String({ description: 'Where it forwards to.' })),
    properties: Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]), {
      default: {},
      description: 'How these read afterwards; null: not there.',
    }),
  }),
})

export const manifestOptions = options({
  name: Type.Optional(Type.String({ description: "The same as the file's." })),
  version: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  description: Type.Optional(Type.String({ maxLength: 400 })),
  kind: Type.Optional(
    choice(['filter', 'codec'], { about: "What it is; the same as the file's name says." }),
  ),
  listeners: Type.Optional(
    Type.Array(Type.String(), { description: 'The only listeners that it is attached to by itself.' }),
  ),
  protocols: Type.Optional(
    Type.Array(Type.String(), { description: 'The only protocols whose listeners it is attached to.' }),
  ),
  capabilities: Type.Array(choice(grantNames, { about: 'A capability.' }), {
    default: [],
    description: 'What it needs to be granted.',
  }),
  options: Type.Optional(plainMap('JSON Schema of its configuration.')),
  config: Type.Record(Type.String(), Type.Unknown(), {
    default: {},
    description: 'The configuration that it has where nobody gives another.',
  }),
  examples: Type.Array(exampleOptions, { default: [], maxItems: 64 }),
})

export type Manifest = Infer<typeof manifestOptions>
export type ManifestExample = Manifest['examples'][number]
