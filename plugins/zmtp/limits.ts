/** The limits of this codec. */

/** Frames of one message. */
export const FRAMES_MAX = 65_536

/** Bytes of the context of a PING, which its PONG repeats (ZMTP 3.1 §Heartbeating). */
export const PING_CONTEXT_BYTES_MAX = 16

/** Units of the text of an error of our own. */
export const ERROR_TEXT_UNITS_MAX = 500
