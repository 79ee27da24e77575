/**
 * ChildFrame: how the worker and a plugin's process speak over their pipe. Every frame begins with four u32: its size
 * with these sixteen bytes, its kind, and two numbers. What is asked is answered in the order in which it was asked.
 *
 *     to the process     call      instance, fuel: the most it may spend    the block; a new number is a new instance
 *                        close     instance                                 –
 *                        manifest  –                                        –
 *                        told      –                                        the answer of the store
 *     from the process   nothing   –, fuel spent                            –
 *                        list      –, fuel spent                            the list of operations
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
  nothing: 16,
  list: 17,
  trap: 18,
  manifest: 19,
  ready: 20,
  figures: 21,
  ask: 22,
} as const
