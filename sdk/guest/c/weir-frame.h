/*
 * weir-frame.h: what decode makes of a frame. One is used again and again. Part of weir-codec.h.
 */
#ifndef WEIR_FRAME_H
#define WEIR_FRAME_H

#include "weir-reader.h"

typedef enum {
  WEIR_KIND_REQUEST = 1,
  WEIR_KIND_ONEWAY,
  WEIR_KIND_RESPONSE,
  WEIR_KIND_ERROR,
  WEIR_KIND_HEARTBEAT,
  WEIR_KIND_HEARTBEAT_REPLY,
  WEIR_KIND_DRAIN,
  WEIR_KIND_STREAM_INIT,
  WEIR_KIND_STREAM_DATA,
  WEIR_KIND_STREAM_CLOSE
} weir_kind;

#ifndef WEIR_PROPERTIES_MAX
#define WEIR_PROPERTIES_MAX 257
#endif

typedef struct {
  uint32_t code; /* 64 a frame, 66 one that is not taken, 67 the connection is finished */
  uint32_t arg;
  int32_t status;
  uint64_t id;
  uint32_t id_at, stream_id;
  uint32_t header_size, size; /* WEIR_NONE: as it was read */
  weir_text id_text, operation, why;
  weir_text keys[WEIR_PROPERTIES_MAX], values[WEIR_PROPERTIES_MAX];
  uint32_t count;
  uint32_t affinity, wait_ms;
} weir_frame;

/* Whether a request needs an upstream connection of its client's own, or gives it back. */
typedef enum { WEIR_SHARED = 0, WEIR_OWN, WEIR_RELEASE } weir_affinity;
/* For wait_ms: the reply may be put off for as long as it takes. */
#define WEIR_FOR_EVER WEIR_NONE

static weir_frame weir__frame;
static char weir__digits[WEIR_PROPERTIES_MAX + 1][20];
static uint32_t weir__digits_used;

/* A frame that was understood. */
static inline weir_frame *weir_message(weir_kind kind) {
  weir_frame *f = &weir__frame;
  f->code = 64, f->arg = kind, f->status = -1, f->id = 0, f->id_at = WEIR_NONE, f->stream_id = 0;
  f->header_size = f->size = WEIR_NONE;
  f->id_text = f->operation = f->why = (weir_text){NULL, 0};
  f->count = weir__digits_used = 0;
  f->affinity = WEIR_SHARED, f->wait_ms = 0;
  return f;
}

/* One that is understood and not taken: its sender is told why, and what is behind it comes as usual. */
static inline weir_frame *weir_refused(weir_kind kind, const char *why) {
  weir_frame *f = weir_message(kind);
  f->code = 66;
  f->why = weir_of(why);
  return f;
}

/* The connection cannot be understood any further. */
static inline weir_frame *weir_malformed(weir_malformed_code code, const char *why) {
  weir_frame *f = weir_refused(WEIR_KIND_REQUEST, why);
  f->code = 67, f->arg = code;
  return f;
}

/* What was read is no message, a greeting for example. Goes with encode_preface. */
static inline weir_frame *weir_passed(void) {
  weir_frame *f = weir_message(WEIR_KIND_REQUEST);
  f->code = 73;
  return f;
}

static inline void weir_property(weir_frame *f, weir_text key, weir_text value) {
  if (f->count == WEIR_PROPERTIES_MAX) __builtin_trap();
  f->keys[f->count] = key;
  f->values[f->count++] = value;
}

static inline void weir_property_text(weir_frame *f, const char *key, weir_text value) {
  weir_property(f, weir_of(key), value);
}

/* A whole number as a text that holds until the frame is written. */
static inline weir_text weir_number_text(int64_t number) {
  if (weir__digits_used > WEIR_PROPERTIES_MAX) __builtin_trap();
  char *buffer = weir__digits[weir__digits_used++];
  if (number >= 0) return weir_decimal((uint64_t)number, buffer);
  weir_text digits = weir_decimal(0 - (uint64_t)number, buffer);
  char *sign = buffer + (20 - digits.size) - 1;
  *sign = '-';
  return (weir_text){sign, digits.size + 1};
}

static inline void weir_property_number(weir_frame *f, const char *key, int64_t value) {
  weir_property_text(f, key, weir_number_text(value));
}

#define WEIR__STATE_MAX 4096

/* What weir_set_state said about the frame that is read, and what is known since the one before. */
static char weir__next_bytes[WEIR__STATE_MAX], weir__state_bytes[WEIR__STATE_MAX];
static weir_text weir__next, weir__state;

/* What is known about this connection and direction from the next frame on; in decode. */
static inline void weir_set_state(weir_text state) {
  if (state.size > WEIR__STATE_MAX) __builtin_trap();
  weir__copy(weir__next_bytes, state.at, state.size);
  weir__next = (weir_text){weir__next_bytes, state.size};
}

static inline void weir__keep_state(weir_text state) {
  if (state.size > WEIR__STATE_MAX) __builtin_trap();
  if (state.at != NULL) weir__copy(weir__state_bytes, state.at, state.size);
  weir__state = (weir_text){state.at == NULL ? NULL : weir__state_bytes, state.size};
}

static uint32_t weir__own, weir__rows;

/* A ref to what stands in the frame, or behind the rows, where it then is written in the same order. */
static void weir__refer(const weir_reader *r, weir_text text) {
  uint32_t place = (uint32_t)(text.at - r->bytes);
  bool inside = text.at >= r->bytes && text.size > 0 && place <= r->size && text.size <= r->size - place;
  weir__u32(text.at == NULL ? 0 : inside ? place : (64 + weir__rows * 16 + weir__own) | 0x80000000u);
  weir__u32(text.size);
  if (text.at != NULL && !inside) weir__own += text.size;
}

static void weir__own_bytes(const weir_reader *r, weir_text text) {
  uint32_t place = (uint32_t)(text.at - r->bytes);
  bool inside = text.at >= r->bytes && text.size > 0 && place <= r->size && text.size <= r->size - place;
  if (text.at != NULL && !inside) weir__text(text);
}

/* Writes what decode answered, and how long the frame is; 0 when there is none after it. */
static uint32_t weir__write_frame(const weir_frame *f, const weir_reader *r) {
  weir__op(f->code, f->arg, 0);
  if (f->code == 67) {
    weir__text(f->why);
    weir__end();
    return 0;
  }
  uint32_t size = f->size == WEIR_NONE ? r->at : f->size;
  if (f->code == 73) {
    weir__u32(size);
    weir__end();
    return size;
  }
  weir__own = 0, weir__rows = f->count;
  weir__u32(size);
  weir__u32(f->header_size != WEIR_NONE ? f->header_size : r->has_body ? r->body_at : r->at);
  weir__u32((uint32_t)f->status);
  weir__u32((uint32_t)f->id);
  weir__u32((uint32_t)(f->id >> 32));
  weir__u32(f->stream_id);
  weir__refer(r, f->id_text);
  weir__refer(r, f->operation);
  weir__u32(r->body_at);
  weir__u32(r->body_size);
  weir__u32(f->id_at);
  weir__u32(f->count);
  weir__refer(r, f->why);
  for (uint32_t i = 0; i < f->count; i++) weir__refer(r, f->keys[i]), weir__refer(r, f->values[i]);
  weir__own_bytes(r, f->id_text);
  weir__own_bytes(r, f->operation);
  weir__own_bytes(r, f->why);
  for (uint32_t i = 0; i < f->count; i++) weir__own_bytes(r, f->keys[i]), weir__own_bytes(r, f->values[i]);
  weir__end();
  if (f->affinity != WEIR_SHARED || f->wait_ms != 0) {
    weir__op(74, f->affinity, 0);
    weir__u32(f->wait_ms);
    weir__end();
  }
  return size;
}

#endif
