/** Answer: what one admin request is answered with, before it becomes HTTP. */

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export function json(status: number, value: unknown, headers?: Readonly<Record<string, string>>): Answer {
  const body = `${JSON.stringify(value, undefined, 2)}\n`
  return { status, contentType: 'application/json', body, ...(headers === undefined ? {} : { headers }) }
}

/** Errors have one form: a stable code, and a sentence for people. */
export function problem(
  status: number,
  code: string,
  text: string,
  headers?: Record<string, string>,
): Answer {
  return json(status, { error: code, message: text }, headers)
}
