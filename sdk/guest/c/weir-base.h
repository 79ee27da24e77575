/*
 * weir-base.h: texts, memory, and the list of operations that a guest answers with. Both kinds of plugins stand on it:
 * filters (weir.h) and codecs (weir-codec.h). Names with two underscores are the kit's own.
 */
#ifndef WEIR_BASE_H
#define WEIR_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts are bytes with a size and have no NUL at their end. */
typedef struct {
  const char *at; /* NULL when there is none. */
  uint32_t size;
} weir_text;

#define WEIR_EXPORT(name) __attribute__((export_name(name), used))
#define WEIR_IMPORT(name) __attribute__((import_module("weir"), import_name(name)))
#define WEIR_NONE 0xffffffffu

/* ---- texts ---- */

static inline uint32_t weir__length(const char *text) {
  uint32_t size = 0;
  while (text[size] != 0) size++;
  return size;
}

/* The compiler counts the letters of a text that stands in the source. */
static inline weir_text weir_of(const char *text) {
  if (__builtin_constant_p(__builtin_strlen(text))) return (weir_text){text, (uint32_t)__builtin_strlen(text)};
  return (weir_text){text, weir__length(text)};
}

static inline bool weir_same(weir_text left, weir_text right) {
  if (left.at == NULL || right.at == NULL || left.size != right.size) return false;
  for (uint32_t i = 0; i < left.size; i++)
    if (left.at[i] != right.at[i]) return false;
  return true;
}

static inline bool weir_is(weir_text text, const char *other) { return weir_same(text, weir_of(other)); }

static inline void weir__copy(char *to, const char *from, uint32_t size) {
  if (size > 16)
    __builtin_memcpy(to, from, size);
  else
    for (uint32_t i = 0; i < size; i++) to[i] = from[i];
}

/* One text behind another, cut where the room ends. */
static inline weir_text weir_join(char *to, uint32_t room, weir_text left, weir_text right) {
  uint32_t first = left.size < room ? left.size : room;
  uint32_t second = right.size < room - first ? right.size : room - first;
  weir__copy(to, left.at, first);
  weir__copy(to + first, right.at, second);
  return (weir_text){to, first + second};
}

/* A number in decimal digits, in a buffer of 20. */
static inline weir_text weir_decimal(uint64_t number, char *buffer) {
  char *at = buffer + 20;
  do *--at = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  return (weir_text){at, (uint32_t)(buffer + 20 - at)};
}

/* ---- memory ---- */

static char *weir__free, *weir__free_end;

/* Memory that is kept as long as the instance; there is no way to give it back. Traps when there is no more. */
static inline void *weir_keep(uint32_t size) {
  size = (size + 7) & ~7u;
  if ((uint32_t)(weir__free_end - weir__free) < size) {
    uint32_t pages = (size >> 16) + 1;
    size_t page = __builtin_wasm_memory_grow(0, pages);
    if (page == (size_t)-1) __builtin_trap();
    weir__free = (char *)(page << 16);
    weir__free_end = weir__free + (pages << 16);
  }
  char *at = weir__free;
  weir__free += size;
  return at;
}

/* ---- the answer ---- */

static char weir__first_answer[4096] __attribute__((aligned(8)));
static char *weir__answer = weir__first_answer;
static uint32_t weir__room = sizeof weir__first_answer;
static uint32_t weir__size;
/* Where the operation that is written began, and the verdict that was made last. */
static uint32_t weir__began, weir__said_at, weir__said_size;

static inline void weir__begin_answer(void) { weir__size = 4, weir__said_size = 0; }

static void __attribute__((noinline)) weir__grow(uint32_t size) {
  uint32_t room = weir__room * 2 + size;
  char *larger = weir_keep(room);
  __builtin_memcpy(larger, weir__answer, weir__size);
  weir__answer = larger;
  weir__room = room;
}

/* Room for so many bytes more, and for the zeros behind an operation. */
static inline char *weir__reserve(uint32_t size) {
  if (size > weir__room - weir__size - 8 || weir__size + 8 > weir__room) weir__grow(size + 8);
  return weir__answer + weir__size;
}

static inline void weir__op(uint32_t code, uint32_t arg, uint32_t handle) {
  uint32_t *header = (uint32_t *)weir__reserve(12);
  weir__began = weir__size;
  header[0] = code | arg << 8;
  header[2] = handle;
  weir__size += 12;
}

static inline void weir__end(void) {
  *(uint32_t *)(weir__answer + weir__began + 4) = weir__size - weir__began;
  while ((weir__size & 3) != 0) weir__answer[weir__size++] = 0;
}

static inline void weir__u32(uint32_t value) {
  char *to = weir__reserve(4);
  __builtin_memcpy(to, &value, 4);
  weir__size += 4;
}

static inline void weir__text(weir_text text) {
  weir__copy(weir__reserve(text.size), text.at, text.size);
  weir__size += text.size;
}

static inline void weir__sized(weir_text text) {
  weir__u32(text.size);
  weir__text(text);
}

/* An operation that is nothing but a text. */
static inline void weir__say(uint32_t code, uint32_t arg, uint32_t handle, weir_text text) {
  weir__op(code, arg, handle);
  weir__text(text);
  weir__end();
}

static inline const char *weir__end_answer(void) {
  *(uint32_t *)weir__answer = weir__size;
  return weir__size == 4 ? NULL : weir__answer;
}

/* ---- log and counters ---- */

enum { WEIR_DEBUG = 0, WEIR_INFO = 1, WEIR_WARN = 2, WEIR_ERROR = 3 };

static inline void weir_log_text(uint32_t level, weir_text text) { weir__say(32, level, 0, text); }
static inline void weir_log(uint32_t level, const char *text) { weir_log_text(level, weir_of(text)); }

/* Names are like `calls_refused`. */
static inline void weir_count(const char *name, uint32_t by) {
  weir__op(33, 0, 0);
  weir__u32(by);
  weir__text(weir_of(name));
  weir__end();
}

/* Says that the configuration is wrong, in on_configure. */
static inline void weir_refuse(const char *why) { weir__say(52, 0, 0, weir_of(why)); }

enum weir_fault {
  WEIR_ROUTE_NOT_FOUND = 1,
  WEIR_CLUSTER_NOT_FOUND,
  WEIR_NO_HEALTHY_UPSTREAM,
  WEIR_UPSTREAM_CONNECT_FAILED,
  WEIR_UPSTREAM_RESET,
  WEIR_REQUEST_TIMEOUT,
  WEIR_OVER_LIMIT,
  WEIR_DENIED,
  WEIR_BAD_REQUEST,
  WEIR_BAD_RESPONSE,
  WEIR_PLUGIN_FAILED,
  WEIR_OVERLOADED,
  WEIR_DRAINING
};

/* ---- the buffer that the host writes into ---- */

static char weir__first_input[8192] __attribute__((aligned(8)));
static char *weir__block = weir__first_input;

WEIR_EXPORT("weir_abi_1") void weir__abi_1(void) {}

WEIR_EXPORT("weir_input") char *weir__make_input(uint32_t size) {
  if (size > sizeof weir__first_input) weir__block = weir_keep(size);
  return weir__block;
}

#endif
