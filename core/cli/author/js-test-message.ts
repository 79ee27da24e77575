/** JsTestMessage: what the thread of tests in JavaScript is given, and what it says about each. */

export interface JsTestData {
  /** Whole paths. */
  readonly plugin: string
  readonly test: string
  readonly config: Readonly<Record<string, unknown>>
}

export interface JsTestMessage {
  /** Empty when it is about the file. */
  readonly name: string
  /** Lines; none when it has passed. */
  readonly failure: readonly string[]
}
