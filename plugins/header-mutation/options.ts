/** Options of the header mutation: what is changed on requests and on responses. */
import { type Infer, matchOptions, options, Type } from '../../sdk/index.ts'

const KEYS_MAX = 200

const editOptions = (whose: string) =>
  options(
    {
      remove: Type.Optional(
        Type.Array(Type.String({ minLength: 1 }), {
          maxItems: KEYS_MAX,
          description: 'Takes properties away.',
        }),
      ),
      set: Type.Optional(
        Type.Record(Type.String(), Type.String(), {
          maxProperties: KEYS_MAX,
          description: 'Replaces every value of a property; a value may hold operators.',
          examples: [{ 'x-caller': '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%' }],
        }),
      ),
      add: Type.Optional(
        Type.Record(Type.String(), Type.String(), {
          maxProperties: KEYS_MAX,
          description: 'Adds one more value to a property; a value may hold operators.',
        }),
      ),
    },
    `What is changed on ${whose}: remove, then set, then add.`,
  )

export const headerMutationOptions = options({
  match: Type.Optional(matchOptions),
  request: Type.Optional(editOptions('requests')),
  response: Type.Optional(editOptions('responses')),
})

export type EditOptions = Infer<ReturnType<typeof editOptions>>
export type HeaderMutationOptions = Infer<typeof headerMutationOptions>
