/** Options of plugins beside the built-in ones: where they are, what each is allowed, and where they are attached. */

import { byteSize, choice, type Infer, options, section, Type } from '../../sdk/index.ts'
import { type Grant, grantBits } from '../guest/grant.ts'
import { defaultGuestBudget } from '../guest/guest-budget.ts'
import type { FailurePolicy } from '../guest/guest-health.ts'
import type { StoreQuota } from '../guest/guest-host.ts'

export const grantNames: readonly Grant[] = Object.keys(grantBits).filter(isGrant)
const failurePolicies = ['closed', 'open'] as const satisfies readonly FailurePolicy[]
const attachWords = ['auto', 'explicit'] as const

/** Everything is optional, because nothing is filled in below a name that the declaration does not know. */
const settingsOptions = options({
  grants: Type.Optional(
    Type.Array(
      Type.Union([
        choice(grantNames, { about: 'A capability.' }),
        options({
          calls: Type.Array(Type.String(), {
            minItems: 1,
            description: 'The only clusters it may call out.',
          }),
        }),
      ]),
      { description: `What the plugin may use beside log and counters: ${grantNames.join(', ')}.` },
    ),
  ),
  fuel: Type.Optional(
    Type.Integer({ minimum: 1_000, maximum: 2_147_483_647, description: 'What one call may spend.' }),
  ),
  memory: Type.Optional(byteSize({ about: 'The most memory that one instance may have.' })),
  store: Type.Optional(
    options(
      {
        size: Type.Optional(byteSize({ about: 'Keys and values together; default 4MiB.' })),
        entries: Type.Optional(
          Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'How many; default 10,000.' }),
        ),
      },
      'What the plugin may keep in the key-value store, over all workers.',
    ),
  ),
  'on-failure': Type.Optional(
    Type.Union([
      choice(failurePolicies, {
        about: 'When the plugin fails: closed (the default) refuses the message, open lets it pass.',
      }),
      Type.Record(
        Type.String(),
        choice(failurePolicies, { about: 'On the listener of this name; closed on others.' }),
      ),
    ]),
  ),
  attach: Type.Optional(
    choice(attachWords, { about: 'Whether listeners that do not name it have it; default: as for all.' }),
  ),
  config: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      description: "The plugin's own configuration; what a listener gives it in filters goes on top.",
    }),
  ),
  disabled: Type.Optional(Type.Boolean({ description: 'Let everything pass, as if it were not there.' })),
  trusted: Type.Optional(
    Type.Boolean({
      description:
        'Run this JavaScript in the worker itself: fast, and nothing keeps it from harming the proxy. For your own code.',
    }),
  ),
})
type GivenSettings = Infer<typeof settingsOptions>

/** What comes of a failure on a listener; closed where nobody says. */
export function failurePolicy(settings: PluginSettings, listener: string): FailurePolicy {
  const given = settings['on-failure']
  if (typeof given === 'string') return given
  return (Object.hasOwn(given, listener) ? given[listener] : undefined) ?? 'closed'
}

/** What one plugin is allowed and told. */
export interface PluginSettings {
  readonly grants: readonly Grant[]
  /** The only clusters that it may call out; `undefined` with the grant `calls` where none are named. */
  readonly callsTo: readonly string[] | undefined
  readonly fuel: number | undefined
  readonly memory: number | undefined
  readonly store: StoreQuota
  /** On all listeners, or by their names. */
  readonly 'on-failure': FailurePolicy | Readonly<Record<string, FailurePolicy>>
  readonly attach: 'auto' | 'explicit' | undefined
  readonly config: Readonly<Record<string, unknown>>
  readonly disabled: boolean
  /** Only for JavaScript: nothing contains it. */
  readonly trusted: boolean
}

/** With everything that was not given. */
export function settingsOf(given: GivenSettings | undefined): PluginSettings {
  return {
    ...grantsOf(given?.grants ?? []),
    fuel: given?.fuel,
    memory: given?.memory,
    store: {
      bytesMax: given?.store?.size ?? defaultGuestBudget.store.bytesMax,
      entriesMax: given?.store?.entries ?? defaultGuestBudget.store.entriesMax,
    },
    'on-failure': given?.['on-failure'] ?? 'closed',
    attach: given?.attach,
    config: given?.config ?? {},
    disabled: given?.disabled ?? false,
    trusted: given?.trusted ?? false,
  }
}

function grantsOf(given: NonNullable<GivenSettings['grants']>): Pick<PluginSettings, 'grants' | 'callsTo'> {
  const words = given.filter((each) => typeof each === 'string')
  const clusters = given.flatMap((each) => (typeof each === 'string' ? [] : each.calls))
  if (clusters.length === 0) return { grants: words, callsTo: undefined }
  return { grants: [...new Set<Grant>([...words, 'calls'])], callsTo: clusters }
}

export const pluginsOptions = section(
  {
    dir: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'A folder whose .wasm, .lua and .js files are filters; relative to this file.',
        examples: ['./plugins'],
      }),
    ),
    attach: choice(attachWords, {
      about: 'auto: every listener has every plugin, before the router; explicit: those that it names.',
      default: 'auto',
    }),
    'files-max': Type.Integer({
      minimum: 1,
      maximum: 256,
      default: 64,
      description: 'How many plugins are loaded.',
    }),
    'size-max': byteSize({
      about: 'The largest file that is loaded; one in Lua or JavaScript has 1MiB at most.',
      default: '16MiB',
    }),
    settings: Type.Record(Type.String(), settingsOptions, {
      default: {},
      description: 'What single plugins are allowed and told, by the name of the file without its ending.',
    }),
  },
  'Plugins beside the built-in ones: dropped into the folder, they are taken over while traffic flows.',
)

function isGrant(text: string): text is Grant {
  return Object.hasOwn(grantBits, text)
}
