/**
 * What a user writes to say which messages are meant: properties to matchers, with any, all and not around them.
 * Only the declaration; `match.ts` compiles it and answers.
 */
import { Type } from './type.ts'

/** One property's matcher, when it is more than the exact text. All that is given must hold. */
export interface MatcherOptions {
  readonly exact?: string
  readonly prefix?: string
  readonly suffix?: string
  readonly contains?: string
  readonly regex?: string
  readonly range?: { readonly start?: number; readonly end?: number }
  readonly cidr?: string | readonly string[]
  readonly present?: boolean
  readonly invert?: boolean
  readonly any?: readonly (string | MatcherOptions)[]
  readonly all?: readonly (string | MatcherOptions)[]
}

/**
 * `any` and `all` hold lists of these, `not` holds one; every other key names a property and holds its matcher.
 * `operation`, `peer`, `listener` and `protocol` name the facts of the message instead of a property.
 */
export type MatchOptions = Readonly<Record<string, unknown>>

const REGEX_CHARS_MAX = 1_000
const CHOICES_MAX = 1_000

const matcher = Type.Object(
  {
    exact: Type.Optional(Type.String({ description: 'The value is this text.' })),
    prefix: Type.Optional(Type.String({ description: 'The value begins with this text.' })),
    suffix: Type.Optional(Type.String({ description: 'The value ends with this text.' })),
    contains: Type.Optional(Type.String({ description: 'The value has this text in it.' })),
    regex: Type.Optional(
      Type.String({
        maxLength: REGEX_CHARS_MAX,
        description: 'The whole value matches this RE2 expression, in linear time.',
      }),
    ),
    range: Type.Optional(
      Type.Object(
        {
          start: Type.Optional(Type.Number({ description: 'The smallest number that matches.' })),
          end: Type.Optional(Type.Number({ description: 'The first number that no longer matches.' })),
        },
        {
          additionalProperties: false,
          description: 'The value is a decimal number from start to under end.',
        },
      ),
    ),
    cidr: Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1, maxItems: CHOICES_MAX })], {
        description: 'The value is an IP address, with or without a port, in one of these networks.',
        examples: ['10.0.0.0/8', '::1'],
      }),
    ),
    present: Type.Optional(
      Type.Boolean({ description: 'true: the message carries the key; false: it does not.' }),
    ),
    invert: Type.Optional(
      Type.Boolean({ description: 'Turns the answer round; an absent key then matches too.' }),
    ),
    any: Type.Optional(
      Type.Array(Type.Ref('Matcher'), {
        minItems: 1,
        maxItems: CHOICES_MAX,
        description: 'One of these holds.',
      }),
    ),
    all: Type.Optional(
      Type.Array(Type.Ref('Matcher'), {
        minItems: 1,
        maxItems: CHOICES_MAX,
        description: 'All of these hold.',
      }),
    ),
  },
  { additionalProperties: false, minProperties: 1 },
)

/** The option `match` of routes, limits and whatever else applies to some messages only. */
export const matchOptions = Type.Unsafe<MatchOptions>(
  Type.Cyclic(
    {
      Matcher: Type.Union([Type.String(), matcher], {
        description: 'The exact text, or how the first value of the property must look.',
      }),
      Match: Type.Object(
        {
          any: Type.Optional(
            Type.Array(Type.Ref('Match'), {
              minItems: 1,
              maxItems: CHOICES_MAX,
              description: 'One of these holds.',
            }),
          ),
          all: Type.Optional(
            Type.Array(Type.Ref('Match'), {
              minItems: 1,
              maxItems: CHOICES_MAX,
              description: 'All of these hold.',
            }),
          ),
          not: Type.Optional(Type.Ref('Match')),
        },
        {
          additionalProperties: Type.Ref('Matcher'),
          description: 'Properties and how they must look; all must hold. Nothing given matches everything.',
        },
      ),
    },
    'Match',
  ),
)
