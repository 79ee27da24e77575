/** Handler: a function that the source of a plugin exports for the host. */
export interface Handler {
  readonly name: string
  readonly parameters: number
  readonly answers: boolean
}

/** Calls a handler with as many values as it takes, and hands on what it answers. */
export function called(
  handlers: readonly Handler[],
  name: string,
  values: readonly string[],
  then: string,
): string {
  const handler = handlers.find((one) => one.name === name)
  if (handler === undefined) return ''
  const call = `guest.${name}(${values.slice(0, handler.parameters).join(', ')})`
  return handler.answers ? `${then}(${call})` : call
}
