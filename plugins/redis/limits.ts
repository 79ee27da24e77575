/** The limits of this codec. What they stop is refused with a sentence; a claim on the wire allocates nothing. */

/** Arguments of one command, its name included; the server's own limit for a long time. */
export const ARGUMENTS_MAX = 1_048_576

/** Bytes of a command that is typed as a line, as in the server (PROTO_INLINE_MAX_SIZE). */
export const INLINE_BYTES_MAX = 65_536

/** Values within values of a reply. */
export const DEPTH_MAX = 64

/** Entries that one aggregate of a reply may claim; it is bounded by the size of the reply before it is by this. */
export const ELEMENTS_MAX = 0x3fff_ffff

/** Units of the text of an error of our own: it may quote what a peer sent. */
export const ERROR_TEXT_UNITS_MAX = 500

/** Letters of a command that the table does not know, as its operation. */
export const COMMAND_UNITS_MAX = 64

/** Milliseconds from which on a blocking command counts as one that waits for ever. */
export const WAIT_MS_MAX = 86_400_000
