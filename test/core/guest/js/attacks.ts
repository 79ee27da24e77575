/**
 * What plugins in JavaScript try, by the numbers of the attack catalogue. `requests` are bodies of `onRequest` whose call
 * fails, in the isolate or with the whole process; `files` are whole files that never go live; `harmless` bodies pass.
 */
export const jsAttacks = {
  requests: [
    ['J1: a loop', 'for (;;);'],
    ['J2: a microtask that loops', 'Promise.resolve().then(() => { for (;;); })'],
    ['J2: microtasks without end', '(async () => { for (;;) await 0 })()'],
    [
      'J3: a poisoned queue',
      'function b() { Promise.resolve().then(() => { b(); for (;;); }) } b(); for (;;);',
    ],
    ['J5: an expression that backtracks', '/^(a+)+$/.test("a".repeat(40) + "!")'],
    ['J5: an expression with a long memory', '/1+2/.test("1".repeat(2 ** 20 * 127))'],
    ['J6: a heap that fills', 'const a = []; for (;;) a.push(new Array(1000).fill(1))'],
    [
      'J6: a buffer spread into an array',
      'const a = new Array(1e8); for (let i = 0; i < 1e8; i++) a[i] = i + 0.5',
    ],
    ['J6: an array of four billion', 'new Array(4e9).fill(0)'],
    ['J6: a search through all numbers', 'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)'],
    ['J7: a long text, spread', '[..."." .repeat(5e8)]'],
    ['J7: a text parsed again and again', 'for (;;) JSON.parse("[" + "1,".repeat(1e6) + "1]")'],
    ['J7: buffers that fill', 'const l = []; for (;;) l.push(new Uint8Array(1e6).fill(1))'],
    [
      'J9: a buffer that is resized',
      'new Uint8Array(new ArrayBuffer(8, { maxByteLength: 2 ** 40 })).buffer.resize(2 ** 39); new Array(1e9).join("x")',
    ],
    [
      'J14: a verdict with a getter that loops',
      'return { get verdict() { for (;;); }, get then() { for (;;); } }',
    ],
    ['J14: a verdict that is a proxy', 'return new Proxy({}, { get() { for (;;); }, has() { for (;;); } })'],
    [
      'J15: an error whose message loops',
      'const e = new Error(); Object.defineProperty(e, "message", { get() { for (;;); } }); throw e',
    ],
    [
      'J15: an error whose stack loops',
      'throw Object.defineProperty(new Error(), "stack", { get() { for (;;); } })',
    ],
    ['J15: nothing thrown', 'throw null'],
    ['J15: a stack that is prepared', 'Error.prepareStackTrace = () => { for (;;); }; throw new Error("x")'],
    ['J15: a stack without end', 'Error.stackTraceLimit = 1e9; (function f() { f() })()'],
    ['J17: a wait on shared memory', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'],
    ['J18: a call of itself', '(function f() { f() })()'],
    ['J18: a text that is deep', 'JSON.parse("[".repeat(1e7))'],
    ['J18: code that is long', 'Function("1".repeat(2e8))'],
    ['J22: a file imported', 'return import("fs")'],
    ['J23: the time', 'return Date.now()'],
    ['J25: the host through a constructor', 'metadata.get.constructor("return process")().exit(9)'],
    [
      'J25: the host through an error',
      'try { null.x } catch (e) { e.constructor.constructor("return process")().exit(9) }',
    ],
    [
      'J25: the host through a function of its own',
      'console.log.constructor("return this.process.exit(9)")()',
    ],
    [
      'J26: a heap that is nearly full',
      'const keep = []; for (let i = 0; i < 26e6; i += 1e3) keep.push(new Array(125).fill(i)); for (;;) keep[Math.floor(keep.length / 2)] = new Array(125).fill(0)',
    ],
    ['W31: a body without end', 'mutation.body("x".repeat(3 << 20))'],
    ['X3: a key with a line break', 'mutation.set("a\\r\\nX: y", "z")'],
  ],
  files: [
    ['J1: a file that loops', 'for (;;);'],
    ['J2: a file that waits for ever', 'export function onRequest() {}\nfor (;;) await 0'],
    ['J11: a file of bytes', '\xff\xfe compiled'],
    ['J14: a file that throws a getter that loops', 'throw { get message() { for (;;); } }'],
    [
      'J14: reads that loop',
      'export const reads = { get keys() { for (;;); } }\nexport function onRequest() {}',
    ],
    [
      'J15: a file whose error loops',
      'const e = new Error(); Object.defineProperty(e, "message", { get() { for (;;); } }); throw e',
    ],
    ['J19: a file that is long', `export const x = [${'()=>{},'.repeat(60_000)}]`],
    ['J19: a file that is deep', `export const x = ${'['.repeat(500_000)}`],
    ['J22: a file that imports', 'import fs from "fs"\nexport function onRequest() {}'],
  ],
  harmless: [
    ['J21: a finalizer that is asked for', 'globalThis.FinalizationRegistry?.name'],
    ['J23: a counter in shared memory', 'typeof SharedArrayBuffer'],
    [
      'J25: the prototype of everything',
      'Object.prototype.polluted = 1; Array.prototype.push = () => { for (;;); }',
    ],
    ['W28: a flood of log lines', 'for (let i = 0; i < 1000; i++) log("x\\n\\u001b[31m".repeat(50))'],
    ['X9: a counter of a new name each time', 'for (let i = 0; i < 1000; i++) counter("c" + i)'],
  ],
} as const satisfies Record<string, readonly (readonly [name: string, source: string])[]>
