/*
 * weir-outgoing.h: a message that is to be written, as edits and the new body have made it. Part of weir-codec.h.
 */
#ifndef WEIR_OUTGOING_H
#define WEIR_OUTGOING_H

#include "weir-frame.h"

typedef const struct weir__outgoing weir_outgoing;

typedef struct {
  uint32_t kind;
  weir_text text;
} weir_error;

static inline uint32_t weir__at(weir_outgoing *m, uint32_t at) { return *(const uint32_t *)((const char *)m + at); }
static inline weir_text weir__text_at(weir_outgoing *m, uint32_t at) {
  uint32_t where = weir__at(m, at);
  return (weir_text){where == 0 ? NULL : (const char *)m + where, weir__at(m, at + 4)};
}

static inline bool weir_out_request(weir_outgoing *m) { return ((const uint8_t *)m)[24] == 1; }
static inline weir_kind weir_out_kind(weir_outgoing *m) { return (weir_kind)((const uint8_t *)m)[25]; }
static inline int32_t weir_out_status(weir_outgoing *m) { return (int32_t)weir__at(m, 28); }
static inline uint64_t weir_out_id(weir_outgoing *m) { return (uint64_t)weir__at(m, 36) << 32 | weir__at(m, 32); }
static inline weir_text weir_out_id_text(weir_outgoing *m) { return weir__text_at(m, 40); }
/* The frame as it came: whole in encode, its beginning elsewhere. */
static inline weir_text weir_out_bytes(weir_outgoing *m) { return weir__text_at(m, 48); }
static inline uint32_t weir_out_header_size(weir_outgoing *m) { return weir__at(m, 56); }
static inline weir_text weir_out_operation(weir_outgoing *m) { return weir__text_at(m, 64); }
static inline uint32_t weir_out_stream_id(weir_outgoing *m) { return weir__at(m, 120); }
static inline weir_text weir_out_body(weir_outgoing *m) { return weir__text_at(m, weir__at(m, 104) != 0 ? 104 : 72); }
static inline uint32_t weir_out_properties(weir_outgoing *m) { return weir__at(m, 88); }
static inline uint32_t weir_out_edits(weir_outgoing *m) { return weir__at(m, 96); }

/* The value number `nth` of a key, after the edits. */
static weir_text weir_out_nth(weir_outgoing *m, const char *key, uint32_t nth) {
  /* The last edit that takes all values away decides which of those before it count. */
  uint32_t edits = weir__at(m, 100), count = weir__at(m, 96), from = 0;
  bool anew = false;
  for (uint32_t i = 0; i < count; i++)
    if (weir__at(m, edits + i * 20) != 2 && weir_is(weir__text_at(m, edits + i * 20 + 4), key)) anew = true, from = i;
  for (uint32_t i = 0, row = weir__at(m, 92); !anew && i < weir__at(m, 88); i++, row += 16)
    if (weir_is(weir__text_at(m, row), key) && nth-- == 0) return weir__text_at(m, row + 8);
  for (uint32_t i = from, edit = edits + from * 20; i < count; i++, edit += 20)
    if (weir__at(m, edit) != 3 && weir_is(weir__text_at(m, edit + 4), key) && nth-- == 0)
      return weir__text_at(m, edit + 12);
  return (weir_text){NULL, 0};
}

static inline weir_text weir_out_get(weir_outgoing *m, const char *key) { return weir_out_nth(m, key, 0); }

/* Whether a key has exactly one value and that is a whole number within bounds, which is then at `number`. */
static bool weir_out_number(weir_outgoing *m, const char *key, int64_t least, int64_t most, int64_t *number) {
  weir_text text = weir_out_get(m, key);
  uint32_t sign = text.size > 0 && text.at[0] == '-';
  if (text.size < sign + 1 || text.size > sign + 18 || weir_out_nth(m, key, 1).at != NULL) return false;
  int64_t value = 0;
  for (uint32_t i = sign; i < text.size; i++) {
    if (text.at[i] < '0' || text.at[i] > '9') return false;
    value = value * 10 + (text.at[i] - '0');
  }
  *number = sign ? -value : value;
  return *number >= least && *number <= most;
}

#endif
