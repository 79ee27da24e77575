/** The limits of this codec. What they stop is refused with a sentence, never cut short in silence. */

/** Values within values; Java's own readers fall over their stack at a few thousand. */
export const DEPTH_MAX = 64

/** Entries of one map of attachments: nobody sends so many, and every read looks at each. */
export const ATTACHMENTS_MAX = 1024

/** Attachments from which on keys are looked up and no longer looked for, since whoever reads all would look at each for each. */
export const INDEXED_ATTACHMENTS_MIN = 32

/** Units of the text of an error of our own: it may quote what a peer sent. */
export const ERROR_TEXT_UNITS_MAX = 2000

/** Short texts remembered by one codec, a power of two; none is longer than 31 bytes. */
export const CACHED_TEXTS = 1024

/** Keys whose bytes are remembered by one codec, a power of two, and how long they may be. */
export const CACHED_KEYS = 256
export const CACHED_KEY_UNITS_MAX = 255

/** Key and value of an edit that is remembered until the next message. */
export const CACHED_EDIT_UNITS_MAX = 512

/** Bytes of a chunk that is remembered for looking at it again, so that no more than this is kept alive. */
export const VIEWED_BYTES_MAX = 262_144

/** Bytes that are tested for being ASCII at once; what comes behind is tested string by string. */
export const ASCII_AHEAD_BYTES = 1024

/** Bytes of a request's head that is remembered; larger ones are decoded each time they are read. */
export const CACHED_HEAD_BYTES_MAX = 512

/** Heads remembered by one codec are twice this, which is a power of two. */
export const HEAD_SETS = 1024

/** Entries of a map of attachments that is read where it lies; one with more is looked into entry by entry. */
export const PLAIN_ENTRIES_MAX = 64

/** Edits that are written in one pass, and bytes of a frame: with more, what is to be written is planned first. */
export const PLAIN_EDITS_MAX = 32
export const PLAIN_FRAME_BYTES_MAX = 4096

/** Maps of attachments remembered by one codec, a power of two, and bytes of such a one. */
export const KNOWN_MAPS = 256
export const KNOWN_MAP_BYTES_MAX = 1024

/** Bytes that a known map is remembered to have come to by the edits of filters, and how often others come before they take their place. */
export const KNOWN_TAIL_BYTES_MAX = 2048
export const KNOWN_TAIL_MISSES_MAX = 16

/** Maps that pass before another is remembered, where those that were never came again. */
export const UNKNOWN_MAPS_MAX = 255

/** Messages whose maps are remembered while they are on their way through the filters, a power of two. */
export const LATEST_MAPS = 32
