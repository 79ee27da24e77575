/**
 * ChildFrame: how the worker and a plugin's process speak over their pipe. Every frame begins with four u32: its size
 * with these sixteen bytes, its kind, and two numbers. To the process frames are filled up to a multiple of eight, so
 * that blocks can be read where they were received. What is asked is answered in the order in which it was asked. A kind has
 * eight bits; above them `kept` and `again` say which place of those that the process remembers blocks in is meant.
 *
 *     to the process     call      instance, fuel: the most it may spend    the block; a new number is a new instance
 *                        kept      the same                                 the block, which is to be remembered
 *                        again     the same                                 what differs from the block that is remembered:
 *                                                                           for each word its number and the word
 *                        close     instance                                 –
 *                        manifest  –                                        –
 *                        told      its size                                 the answer of the store
 *     from the process   answers   how many calls, fuel that all spent      for each a list of operations, filled up to a
 *                                                                           multiple of four; without any it has four bytes
 *                        trap      index of its kind, fuel spent            u32 size of the text, text, list of logs
 *                        manifest  –                                        JSON; empty when there is none
 *                        ready     –                                        –
 *                        figures   KiB resident, KiB of heap                –
 *                        ask       –                                        a request to the store, for the call that runs
 */
export const childFrame = {
  bytes: 16,
  size: 0,
  kind: 4,
  first: 8,
  second: 12,
  call: 1,
  close: 2,
  askManifest: 3,
  told: 4,
  kept: 5,
  again: 6,
  answers: 16,
  trap: 18,
  manifest: 19,
  ready: 20,
  figures: 21,
  ask: 22,
  /** Places for blocks that are remembered; they lie in front of what is received. */
  places: 8,
  placeBytes: 1_024,
} as const
