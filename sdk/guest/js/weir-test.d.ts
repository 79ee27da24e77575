/**
 * What tests of a filter in JavaScript call, `NAME.test.js`, beside everything that the filter has: its handlers, with messages
 * that are plain objects. Each test has the filter loaded anew, and configured as its manifest says.
 */

// biome-ignore lint/style/noNamespace: names for editors, in a file that nothing imports.
declare namespace weir {
  /** What is left out is as in a small message. */
  type TestMessage = {
    readonly properties?: Readonly<Record<string, string | number | readonly (string | number)[]>>
  } & Partial<Omit<Metadata, 'get' | 'getAll' | 'has' | 'keys' | 'body'>> & {
      readonly body?: Uint8Array | string
    }

  interface TestEdit {
    readonly op: 'set' | 'add' | 'remove'
    readonly key: string
    readonly value?: string
  }

  interface TestResult {
    readonly verdict: 'continue' | 'drop' | 'close' | 'reply' | 'forward' | 'pause' | 'call'
    /** In their order. */
    readonly edits: readonly TestEdit[]
    /** The first value of each key, as they are after the edits. */
    readonly properties: Readonly<Record<string, string>>
    /** What the body was replaced by. */
    readonly body: Uint8Array | string | undefined
    readonly error?: ErrorKind
    readonly text?: string
    readonly cluster?: string
    readonly ms?: number
    readonly message?: Message
    readonly timeout?: number
  }

  interface Expectation {
    toBe(wanted: unknown): void
    toEqual(wanted: unknown): void
    /** The text has this in it. */
    toContain(wanted: string): void
    toBeUndefined(): void
  }
}

/** Calls `onConfigure`, and answers what it says is wrong. */
declare function configure(config: weir.Config): unknown
/** Calls `onRequest`. */
declare function request(given?: weir.TestMessage): weir.TestResult
/** Calls `onResponse`, with the request that it answers. */
declare function response(given?: weir.TestMessage, asked?: weir.TestMessage): weir.TestResult
/** Calls `onResume`, after a pause if nothing else is said. */
declare function resume(given?: weir.TestMessage, how?: Partial<weir.Resume>): weir.TestResult
/** Calls `onEnd`. */
declare function finish(outcome?: Partial<weir.Outcome>, asked?: weir.TestMessage): void
declare function expect(got: unknown): weir.Expectation
