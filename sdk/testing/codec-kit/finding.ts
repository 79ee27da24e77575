/** Finding: one thing that a codec does wrong, where it shows, and what its author is to do about it. */

/** What each code asks of the author of the codec. */
export const findingTable = {
  decoder_throws:
    'Say malformed(code, text) for what a peer may not send, and need(bytes) for what has not come yet; never throw.',
  reader_throws:
    'Check every offset against message.end before you read; answer undefined and set message.problem.',
  encoder_throws: 'Answer a sentence that names the key when something cannot be written; never throw.',
  sniff_throws: 'Answer "more" while there are too few bytes; never read beyond bytes.length.',
  call_fails:
    'Whatever a peer sends is answered with malformed, need or a message; its runtime says where it failed.',
  never_ends: 'Each step of the loop has to consume at least one byte, or leave it.',
  refuses_valid: 'These bytes are a frame of the vectors: look at which check refuses them.',
  no_message: 'Push a message as soon as its last byte is there.',
  too_many_messages: 'Advance by the whole frame, header and body, after each message.',
  wrong_kind: 'Map the type on the wire to the kind of the message.',
  wrong_id:
    'Read the id with the byte order and width of the protocol, and set idHigh and idLow (or idText).',
  wrong_field: 'Set the field from the header; it is what filters and logs see.',
  wrong_size: 'start and end enclose the whole frame, headerSize is where the body begins.',
  wrong_property: 'Give values as they are on the wire: case, order and spaces are theirs.',
  wrong_keys: 'keys() lists what get() answers, in wire order, each once.',
  wrong_body: 'body is what the protocol calls a body: no header before it, nothing behind it.',
  wrong_refusal:
    'Say malformed with the code that fits: magic, version, frame_size, header, body or checksum.',
  accepts_malformed: 'Check magic, version, lengths and checksums before you push a message.',
  wrong_affinity:
    'Tell which requests need a connection of their own (affinity, waitMs): what they leave behind there matters later.',
  preface_missing:
    'Write encodePreface: towards upstreams what callers begin with, towards callers what upstreams do.',
  preface_wrong:
    'encodePreface writes what the other side takes for the beginning of a connection, and the decoder passes it over.',
  need_missing: 'Say need(n) with at least 1 whenever a frame has begun and is not whole.',
  need_too_large:
    'Ask for no more than is surely missing: first the rest of the header, then the rest of the frame.',
  need_without_frame: 'Say need(0) when the last byte of the chunk ended a frame: nothing is begun.',
  pending_wrong:
    'pendingBytes is what is held of an incomplete frame: never more than was received, 0 after a frame.',
  early_message: 'Compare the bytes there are with header and body together before you push.',
  truncated_malformed: 'Short input is no error: say need(bytes) until all of the field is there.',
  split_differs: 'Keep what is incomplete and go on where you stopped; sdk/carry.ts does that.',
  pieces_wrong:
    'Behind a message whose rest is not 0 push as many bytes (as many at least, if its sizes are open) in messages of kind stream-data, the last of kind stream-close.',
  pieces_differ:
    'The beginning and its pieces are the frame, byte for byte, their bodies are its body, and what is noted on the beginning holds for all of it.',
  pipelined_differs: 'Reset the state after each frame, and go on in the same chunk until it is used up.',
  message_changes:
    'A message keeps its bytes: give it a buffer of its own, never one that the decoder uses again.',
  decoders_share_state:
    'Keep the state of a half-received frame in the decoder, not in the codec or the module.',
  nondeterministic: 'The same bytes give the same answer: no clock, no chance, no order of a hash.',
  pushes_after_malformed: 'Return from decode right after malformed.',
  message_beyond_bytes: 'Never push a message whose end lies behind the bytes received.',
  claim_allocates: 'Allocate for bytes that are there, never for a length that was announced.',
  over_limit_accepted:
    'Compare the length with limits.bodyBytesMax before you wait for it: say refused or malformed.',
  limit_too_strict: 'A body of exactly limits.bodyBytesMax bytes is accepted.',
  refused_wrong: 'The message given to refused is its header: its kind and id let the caller be answered.',
  refused_loses_next: 'Skip the refused body as it comes, then go on with the frame behind it.',
  refused_holds: 'Throw the bytes of a refused body away as they come.',
  encode_problem: 'A message that no filter changed can always be written.',
  encode_differs: 'An unmutated message leaves as the bytes it came in as, with nothing but its id changed.',
  encode_wrote: 'Find out whether everything can be written before you append the first byte.',
  id_lost: 'Write idHigh and idLow in all of their bits, where the decoder reads them.',
  mirror_differs: 'What encode writes has to decode as the same message.',
  mutation_lost: 'Apply every edit in the order of mutation.edits, or answer a sentence that names the key.',
  mutation_breaks: 'Copy what no edit names as it is, in its order.',
  mutation_lengths: 'Fix every length and checksum that counts what was changed.',
  mutation_unnamed: 'Name the key in quotes in the problem, so that the author of the filter finds it.',
  mutation_differs: 'Compare with the bytes that the vector gives.',
  error_missing: 'A caller that waits has to be answered, whatever the kind of the error.',
  error_unreadable: 'encodeError writes exactly one whole frame that clients of the protocol understand.',
  error_wrong_kind:
    'The kind of a reply that reports a failure is error, or response where the protocol has no errors.',
  error_wrong_id: 'Answer under the id of the request itself.',
  oneway_answered:
    'Write nothing for a message of kind oneway: its caller takes the answer for that of another call.',
  reply_wrong: 'encodeReply writes one reply with these properties and this body, or answers a problem.',
  heartbeat_unanswered: 'Write encodeHeartbeatReply, or the peer closes the connection.',
  heartbeat_wrong: 'Write the frame that the protocol has for it.',
  heartbeat_wrong_id: 'Write the heartbeat under the id that it is given; answer one under its own.',
  drain_wrong:
    'encodeDrain writes one frame that decodes as drain, encodeDrainReply one that the client understands.',
  sniff_denies_own: 'Answer "more" while the bytes so far fit, and "yes" when there are enough of them.',
  sniff_undecided: 'Answer "yes" once the first bytes of a frame are there, within 1,024.',
  sniff_takes_foreign:
    'Say "yes" only to what no other protocol begins with: a magic, a version and a type together.',
  fuel_for_claim: 'Do work for bytes that are there, not for a number that was announced.',
} as const satisfies Record<string, string>

export type FindingCode = keyof typeof findingTable

/** Bytes of a frame that a finding is about. */
export interface Mark {
  readonly at: number
  readonly size: number
}

export interface Finding {
  readonly code: FindingCode
  /** The vector's name; empty when it is about none. */
  readonly vector: string
  /** Where in the bytes it shows; -1: nowhere in particular. */
  readonly offset: number
  /** What happened, as a sentence. */
  readonly text: string
  /** What is to be done. */
  readonly fix: string
  /** What was given to the codec, or what it wrote; at most a kilobyte. */
  readonly bytes: Uint8Array
  readonly marks: readonly Mark[]
  /** How often it happened with this vector. */
  count: number
}
