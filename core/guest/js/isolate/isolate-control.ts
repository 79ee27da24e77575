/**
 * IsolateControl: the words at the beginning of an isolate's output by which it and its process speak: which frames wait, and
 * how far it has come, at any moment. Behind them lie the answers, each a list that begins at a multiple of four.
 */
export const isolateControl = {
  bytes: 48,
  /** To the isolate: where the first frame begins in the input, and where what was received ends. */
  from: 0,
  have: 4,
  /** From the isolate: where the frame begins behind the one that it works on. */
  next: 8,
  /** How many calls are answered, and where the last one's answer ends. */
  count: 12,
  end: 16,
  /** Where the answer begins that is being written or was written last, and after how many milliseconds it was begun. */
  last: 20,
  lastMs: 24,
  /** Not 0 unless all that it was to do is done; how many bytes behind its list say why a call failed. */
  busy: 28,
  failed: 32,
  /** It comes back when so much is written, or so much time has passed. */
  flushBytes: 65_536,
  batchMs: 2,
} as const
