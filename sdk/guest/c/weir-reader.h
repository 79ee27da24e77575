/*
 * weir-reader.h: reads a frame straight on. Where a byte is missing the reader answers zeros from then on, and decode is
 * begun anew when there is more. Part of weir-codec.h.
 */
#ifndef WEIR_READER_H
#define WEIR_READER_H

#include "weir-base.h"

typedef enum {
  WEIR_BAD_MAGIC = 1,
  WEIR_BAD_VERSION,
  WEIR_BAD_FRAME_SIZE,
  WEIR_BAD_HEADER,
  WEIR_BAD_BODY,
  WEIR_BAD_CHECKSUM,
  WEIR_BAD_UNEXPECTED
} weir_malformed_code;

typedef struct {
  const char *bytes;
  uint32_t size;    /* of what is there */
  uint32_t at;      /* read so far, with the body */
  uint32_t missing; /* how many bytes have to be there; 0 while none is missing */
  uint32_t body_at, body_size;
  bool has_body;
  uint32_t end;   /* of the frame, where weir_read_until said it; else 0 */
  uint32_t wrong; /* why this is no frame, when it was found out while reading: a weir_malformed_code */
  bool request;   /* a caller sends this, and no upstream */
  uint32_t limit; /* the largest frame that is taken */
  weir_text state;
} weir_reader;

static inline weir_reader weir_reader_over(weir_text bytes) {
  return (weir_reader){.bytes = bytes.at, .size = bytes.size};
}

static inline const uint8_t *weir__take(weir_reader *r, uint32_t count) {
  if (r->missing != 0 || r->wrong != 0) return NULL;
  if (r->end != 0 && count > r->end - r->at) {
    r->wrong = WEIR_BAD_HEADER;
    return NULL;
  }
  if (r->at > r->size || count > r->size - r->at) {
    r->missing = count > WEIR_NONE - r->at ? WEIR_NONE : r->at + count;
    return NULL;
  }
  r->at += count;
  return (const uint8_t *)r->bytes + r->at - count;
}

static inline uint64_t weir__number(weir_reader *r, uint32_t size) {
  const uint8_t *at = weir__take(r, size);
  uint64_t value = 0;
  for (uint32_t i = 0; at != NULL && i < size; i++) value = value << 8 | at[i];
  return value;
}

static inline uint64_t weir__number_le(weir_reader *r, uint32_t size) {
  const uint8_t *at = weir__take(r, size);
  uint64_t value = 0;
  for (uint32_t i = size; at != NULL && i > 0; i--) value = value << 8 | at[i - 1];
  return value;
}

static inline uint8_t weir_read_u8(weir_reader *r) { return (uint8_t)weir__number(r, 1); }
static inline uint16_t weir_read_u16(weir_reader *r) { return (uint16_t)weir__number(r, 2); }
static inline uint32_t weir_read_u24(weir_reader *r) { return (uint32_t)weir__number(r, 3); }
static inline uint32_t weir_read_u32(weir_reader *r) { return (uint32_t)weir__number(r, 4); }
static inline uint64_t weir_read_u64(weir_reader *r) { return weir__number(r, 8); }
static inline int8_t weir_read_i8(weir_reader *r) { return (int8_t)weir__number(r, 1); }
static inline int16_t weir_read_i16(weir_reader *r) { return (int16_t)weir__number(r, 2); }
static inline int32_t weir_read_i32(weir_reader *r) { return (int32_t)weir__number(r, 4); }
static inline int64_t weir_read_i64(weir_reader *r) { return (int64_t)weir__number(r, 8); }
static inline uint16_t weir_read_u16le(weir_reader *r) { return (uint16_t)weir__number_le(r, 2); }
static inline uint32_t weir_read_u24le(weir_reader *r) { return (uint32_t)weir__number_le(r, 3); }
static inline uint32_t weir_read_u32le(weir_reader *r) { return (uint32_t)weir__number_le(r, 4); }
static inline uint64_t weir_read_u64le(weir_reader *r) { return weir__number_le(r, 8); }

/* Groups of 7 bits, lowest first, at most 64 bits. */
static inline uint64_t weir_read_varint(weir_reader *r) {
  uint64_t value = 0;
  for (uint32_t shift = 0; shift < 64; shift += 7) {
    uint64_t byte = weir_read_u8(r);
    value |= (byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  r->wrong = WEIR_BAD_HEADER;
  return value;
}
static inline int64_t weir_read_zigzag(weir_reader *r) {
  uint64_t value = weir_read_varint(r);
  return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

static inline weir_text weir_read_bytes(weir_reader *r, uint32_t count) {
  const char *at = (const char *)weir__take(r, count);
  return (weir_text){at, at == NULL ? 0 : count};
}

/* The bytes up to a line feed, without it and without a carriage return before it. */
static inline weir_text weir_read_line(weir_reader *r, uint32_t most) {
  if (r->missing != 0 || r->wrong != 0) return (weir_text){NULL, 0};
  uint32_t left = r->at < r->size ? r->size - r->at : 0;
  for (uint32_t i = 0; i <= most && i < left; i++) {
    if (r->bytes[r->at + i] != '\n') continue;
    weir_text line = weir_read_bytes(r, i + 1);
    line.size = i > 0 && line.at[i - 1] == '\r' ? i - 1 : i;
    return line;
  }
  if (left > most) r->wrong = WEIR_BAD_HEADER;
  return weir_read_bytes(r, left + 1);
}

/* Says where the frame ends: what reaches beyond it ends the connection. */
static inline void weir_read_until(weir_reader *r, uint32_t end) {
  r->end = end;
  if (r->missing == 0 && end < r->at) r->wrong = WEIR_BAD_HEADER;
}

/* The body, which need not be there yet. */
static inline void weir_read_body(weir_reader *r, uint32_t count) {
  if (r->missing != 0 || r->wrong != 0) return;
  if (count > WEIR_NONE - r->at || (r->end != 0 && r->at + count > r->end)) {
    r->wrong = WEIR_BAD_FRAME_SIZE;
    return;
  }
  r->has_body = true;
  r->body_at = r->at;
  r->body_size = count;
  r->at += count;
}

/* Ends the connection when others stand here, at the first that differs. */
static inline void weir_read_magic(weir_reader *r, weir_text wanted) {
  for (uint32_t i = 0; i < wanted.size && r->missing == 0 && r->wrong == 0; i++) {
    uint8_t byte = weir_read_u8(r);
    if (r->missing == 0 && byte != (uint8_t)wanted.at[i]) r->wrong = WEIR_BAD_MAGIC;
  }
}

#endif
