/*
 * weir-writer.h: writes a frame, and sums over bytes. Part of weir-codec.h.
 */
#ifndef WEIR_WRITER_H
#define WEIR_WRITER_H

#include "weir-base.h"

typedef struct {
  uint32_t begun;
} weir_writer;

static inline uint32_t weir_written(const weir_writer *w) { return weir__size - w->begun; }
/* What was written, for sums over it, and for what is known later. */
static inline char *weir_written_at(const weir_writer *w, uint32_t at) { return weir__answer + w->begun + at; }

static inline void weir__write(uint64_t value, uint32_t size) {
  char *to = weir__reserve(size);
  for (uint32_t i = size; i > 0; i--, value >>= 8) to[i - 1] = (char)value;
  weir__size += size;
}
static inline void weir__write_le(uint64_t value, uint32_t size) {
  char *to = weir__reserve(size);
  for (uint32_t i = 0; i < size; i++, value >>= 8) to[i] = (char)value;
  weir__size += size;
}

static inline void weir_write_u8(weir_writer *w, uint32_t value) { (void)w, weir__write(value, 1); }
static inline void weir_write_u16(weir_writer *w, uint32_t value) { (void)w, weir__write(value, 2); }
static inline void weir_write_u24(weir_writer *w, uint32_t value) { (void)w, weir__write(value, 3); }
static inline void weir_write_u32(weir_writer *w, uint32_t value) { (void)w, weir__write(value, 4); }
static inline void weir_write_u64(weir_writer *w, uint64_t value) { (void)w, weir__write(value, 8); }
static inline void weir_write_u16le(weir_writer *w, uint32_t value) { (void)w, weir__write_le(value, 2); }
static inline void weir_write_u24le(weir_writer *w, uint32_t value) { (void)w, weir__write_le(value, 3); }
static inline void weir_write_u32le(weir_writer *w, uint32_t value) { (void)w, weir__write_le(value, 4); }
static inline void weir_write_u64le(weir_writer *w, uint64_t value) { (void)w, weir__write_le(value, 8); }
static inline void weir_write_bytes(weir_writer *w, weir_text bytes) { (void)w, weir__text(bytes); }
static inline void weir_write_varint(weir_writer *w, uint64_t value) {
  for (; value > 0x7f; value >>= 7) weir_write_u8(w, (uint32_t)(value & 0x7f) | 0x80);
  weir_write_u8(w, (uint32_t)value);
}
static inline void weir_write_zigzag(weir_writer *w, int64_t value) {
  weir_write_varint(w, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

/* ---- checksums ---- */

static inline uint32_t weir_crc32(weir_text bytes) {
  static uint32_t table[256];
  for (uint32_t i = 0; table[255] == 0 && i < 256; i++) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? 0xedb88320u ^ (value >> 1) : value >> 1;
    table[i] = value;
  }
  uint32_t sum = WEIR_NONE;
  for (uint32_t i = 0; i < bytes.size; i++) sum = table[(sum ^ (uint8_t)bytes.at[i]) & 0xff] ^ (sum >> 8);
  return ~sum;
}
static inline uint32_t weir_adler32(weir_text bytes) {
  uint32_t low = 1, high = 0;
  for (uint32_t i = 0; i < bytes.size; i++) low = (low + (uint8_t)bytes.at[i]) % 65521, high = (high + low) % 65521;
  return high << 16 | low;
}
static inline uint32_t weir_fnv1a(weir_text bytes) {
  uint32_t hash = 0x811c9dc5u;
  for (uint32_t i = 0; i < bytes.size; i++) hash = (hash ^ (uint8_t)bytes.at[i]) * 0x01000193u;
  return hash;
}

#endif
