/**
 * ThreadFlags: how the engine runs the threads that carry traffic. They hold for the whole process, from the moment
 * the first thread is started; the check of a configuration runs with them too, because what is compiled under other
 * flags is compiled anew.
 */

/** What a thread's young generation has, the part that objects are made in and the part that survivors are copied to. */
export const YOUNG_SEMI_MB = 2

export const threadFlags: readonly string[] = [
  // Two megabytes are collected in a tenth of a millisecond; waking others to help takes longer than the help saves.
  '--no-parallel-scavenge',
  // What was alive at the first few collections, when little had been allocated between them, would be taken for
  // long-lived and allocated with what is old from then on: edits of messages, which then died by the megabyte each
  // second where only a collection of all memory finds them.
  '--no-allocation-site-pretenuring',
  // When load sets in, hundreds of functions are compiled at once, twice each with the compiler in the middle. What they take then
  // is not given back: 10 MB. Without it the CPU per request is the same.
  '--no-maglev',
  // A message goes through hundreds of small functions. With the engine's own limits it depends on the start which of
  // them are compiled into their callers, and those that are not cost a filter half as much again.
  '--max-inlined-bytecode-size-cumulative=2500',
  '--max-inlined-bytecode-size-small=60',
  // A thread has its young generation from the beginning, and nobody's grows: the main thread keeps its small one.
  `--min-semi-space-size=${YOUNG_SEMI_MB}`,
  '--semi-space-growth-factor=1',
]
