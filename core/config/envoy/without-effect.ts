/** WithoutEffect: a field of Envoy's that changes nothing here; whoever wrote it is told so, and nothing is refused. */
import { Type } from '../../../sdk/index.ts'

const MARK = 'x-without-effect'

/** `why` goes on with "it has no effect here: ". */
export function withoutEffect(why: string) {
  return Type.Optional(Type.Unknown({ [MARK]: why }))
}

/** Why what a schema declares is without effect; `undefined` when it has one. */
export function effectless(schema: object): string | undefined {
  const why: unknown = Object.hasOwn(schema, MARK)
    ? Object.getOwnPropertyDescriptor(schema, MARK)?.value
    : undefined
  return typeof why === 'string' ? why : undefined
}
