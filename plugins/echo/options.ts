/** Options of the echo: what of a request its reply says. */
import { type Infer, options, Type } from '../../sdk/index.ts'

export const echoOptions = options({
  properties: Type.Boolean({
    default: true,
    description: 'Whether the reply has the properties of the request.',
  }),
  body: Type.Boolean({ default: true, description: 'Whether the reply has the body of the request.' }),
})

export type EchoOptions = Infer<typeof echoOptions>
