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

typedef struct {
  weir_text key, value;
} weir_pair;

/* Takes the values of a key away, but for one that is set where the first stood; answers how many pairs are left. */
static uint32_t weir__replace(weir_pair *all, uint32_t count, uint32_t code, weir_pair edit, uint32_t room) {
  uint32_t kept = 0;
  bool found = false;
  for (uint32_t i = 0; i < count; i++) {
    bool same = weir_same(all[i].key, edit.key);
    if (!same) all[kept++] = all[i];
    if (same && code == 1 && !found) all[kept++] = edit;
    found = found || same;
  }
  if (code == 1 && !found && kept < room) all[kept++] = edit;
  return kept;
}

/* Every property after the edits, in order; answers how many there are, of which at most `room` are written. */
static uint32_t weir_out_pairs(weir_outgoing *m, weir_pair *all, uint32_t room) {
  uint32_t count = 0, row = weir__at(m, 92), edit = weir__at(m, 100);
  for (uint32_t i = 0; i < weir__at(m, 88) && count < room; i++, row += 16)
    all[count++] = (weir_pair){weir__text_at(m, row), weir__text_at(m, row + 8)};
  for (uint32_t i = 0; i < weir__at(m, 96); i++, edit += 20) {
    weir_pair pair = {weir__text_at(m, edit + 4), weir__text_at(m, edit + 12)};
    if (weir__at(m, edit) != 2)
      count = weir__replace(all, count, weir__at(m, edit), pair, room);
    else if (count < room)
      all[count++] = pair;
  }
  return count;
}

#ifndef WEIR_PAIRS_MAX
#define WEIR_PAIRS_MAX 1024
#endif

static weir_pair weir__pairs[WEIR_PAIRS_MAX];

/* The value number `nth` of a key, after the edits. */
static weir_text weir_out_nth(weir_outgoing *m, const char *key, uint32_t nth) {
  uint32_t count = weir_out_pairs(m, weir__pairs, WEIR_PAIRS_MAX);
  for (uint32_t i = 0; i < count; i++)
    if (weir_is(weir__pairs[i].key, key) && nth-- == 0) return weir__pairs[i].value;
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

/* A sentence about a key, which stands in it in quotes: why something cannot be written. Holds until the next one. */
static const char *weir_sentence(weir_text key, const char *rest) {
  static char text[400];
  weir_text quoted = weir_join(text, 300, weir_of("\""), key);
  quoted = weir_join(text + quoted.size, 80, weir_of("\""), weir_of(rest));
  ((char *)quoted.at)[quoted.size] = 0;
  return text;
}

#endif
