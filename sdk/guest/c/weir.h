/*
 * weir.h: write a filter for weir in C. Include it in one file, define the functions that you need, and build without
 * a library:
 *
 *   clang --target=wasm32-unknown-unknown -O2 -mbulk-memory -ffreestanding -nostdlib -Wl,--no-entry,-s tag.c -o tag.wasm
 *   zig cc -target wasm32-freestanding -O2 -nostdlib -Wl,--no-entry -s tag.c -o tag.wasm
 *
 * What you may define (each may be left out; a filter is called in the phases for which it has a function):
 *
 *   void on_configure(weir_text config);                 say what you read here, with weir_reads()
 *   void on_request(const weir_message *message);
 *   void on_response(const weir_message *message);
 *   void on_end(const weir_message *message);
 *   void on_resume(const weir_message *message);         after weir_pause()
 *
 * Texts are bytes with a size and have no NUL at their end; those of a message hold until the function returns. The
 * bytes between host and guest are described in sdk/ABI.md.
 */
#ifndef WEIR_H
#define WEIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How much one answer may say, and how large a block is that needs no further memory. */
#ifndef WEIR_ANSWER_BYTES
#define WEIR_ANSWER_BYTES 65536
#endif
#ifndef WEIR_INPUT_BYTES
#define WEIR_INPUT_BYTES 32768
#endif

typedef struct {
  const char *at; /* NULL when there is none. */
  uint32_t size;
} weir_text;

typedef struct weir_message weir_message;

enum { WEIR_REQUESTS = 1, WEIR_RESPONSES = 2, WEIR_BOTH = 0 };
enum { WEIR_REQUEST_BODY = 1, WEIR_RESPONSE_BODY = 2, WEIR_REQUEST_WITH_RESPONSE = 4, WEIR_OPERATION = 8 };
enum { WEIR_DEBUG = 0, WEIR_INFO = 1, WEIR_WARN = 2, WEIR_ERROR = 3 };
enum {
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

__attribute__((weak)) void on_configure(weir_text config);
__attribute__((weak)) void on_request(const weir_message *message);
__attribute__((weak)) void on_response(const weir_message *message);
__attribute__((weak)) void on_end(const weir_message *message);
__attribute__((weak)) void on_resume(const weir_message *message);

#define WEIR_EXPORT(name) __attribute__((export_name(name), used))

/* ---- texts ---- */

static inline weir_text weir_of(const char *text) {
  uint32_t size = 0;
  while (text[size] != 0) size++;
  return (weir_text){text, size};
}

static inline bool weir_same(weir_text left, weir_text right) {
  if (left.at == NULL || right.at == NULL || left.size != right.size) return false;
  for (uint32_t i = 0; i < left.size; i++)
    if (left.at[i] != right.at[i]) return false;
  return true;
}

static inline bool weir_is(weir_text text, const char *other) { return weir_same(text, weir_of(other)); }

/* ---- metadata ---- */

static inline uint32_t weir__u32(const weir_message *message, uint32_t at) {
  return *(const uint32_t *)((const char *)message + at);
}

static inline uint32_t weir__u16(const weir_message *message, uint32_t at) {
  return *(const uint16_t *)((const char *)message + at);
}

static inline weir_text weir__ref(const weir_message *message, uint32_t at) {
  uint32_t where = weir__u32(message, at);
  return (weir_text){where == 0 ? NULL : (const char *)message + where, weir__u32(message, at + 4)};
}

static inline uint64_t weir_id(const weir_message *m) { return (uint64_t)weir__u32(m, 12) << 32 | weir__u32(m, 8); }
static inline int32_t weir_status(const weir_message *m) { return (int32_t)weir__u32(m, 20); }
static inline uint32_t weir_body_size(const weir_message *m) { return weir__u32(m, 32); }
static inline weir_text weir_operation(const weir_message *m) { return weir__ref(m, 40); }
static inline weir_text weir_listener(const weir_message *m) { return weir__ref(m, 48); }
static inline weir_text weir_peer(const weir_message *m) { return weir__ref(m, 56); }
static inline weir_text weir_id_text(const weir_message *m) { return weir__ref(m, 72); }
static inline weir_text weir_body(const weir_message *m) { return weir__ref(m, 88); }
/* The request beside its response, when that was wanted. */
static inline const weir_message *weir_next(const weir_message *m) {
  return (const weir_message *)((const char *)m + weir__u32(m, 0));
}

/* The value of a key, or its value number `nth`; `slot` is what weir_reads() answered. */
static inline weir_text weir_nth(const weir_message *message, uint32_t slot, uint32_t nth) {
  uint32_t at = weir__u32(message, 36);
  for (uint32_t left = weir__u16(message, 18); left > 0; left--, at += 16)
    if (weir__u16(message, at + 6) == slot && nth-- == 0)
      return (weir_text){(const char *)message + weir__u32(message, at + 8), weir__u32(message, at + 12)};
  return (weir_text){NULL, 0};
}

static inline weir_text weir_get(const weir_message *message, uint32_t slot) { return weir_nth(message, slot, 0); }

/* ---- the answer ---- */

static char weir__answer[WEIR_ANSWER_BYTES] __attribute__((aligned(8)));
static uint32_t weir__size;

static inline void weir__copy(char *to, const char *from, uint32_t size) {
  for (uint32_t i = 0; i < size; i++) to[i] = from[i];
}

/* Begins an operation with room for its payload; an answer beyond its room ends the instance. */
static inline char *weir__op(uint32_t code, uint32_t arg, const weir_message *message, uint32_t payload) {
  uint32_t at = weir__size, size = (12 + payload + 3) & ~3u;
  if (payload > WEIR_ANSWER_BYTES - 64 || size > WEIR_ANSWER_BYTES - at) __builtin_trap();
  uint32_t *header = (uint32_t *)(weir__answer + at);
  header[0] = code | arg << 8;
  header[1] = 12 + payload;
  header[2] = message == NULL ? 0 : weir__u32(message, 4);
  weir__size = at + size;
  return weir__answer + at + 12;
}

static inline void weir__pair(uint32_t code, const weir_message *message, weir_text key, weir_text value) {
  char *to = weir__op(code, 0, message, 4 + key.size + value.size);
  *(uint32_t *)to = key.size;
  weir__copy(to + 4, key.at, key.size);
  weir__copy(to + 4 + key.size, value.at, value.size);
}

static inline void weir__text(uint32_t code, uint32_t arg, const weir_message *message, weir_text text) {
  weir__copy(weir__op(code, arg, message, text.size), text.at, text.size);
}

static inline void weir__number(uint32_t code, const weir_message *message, uint32_t number, weir_text text) {
  char *to = weir__op(code, 0, message, 4 + text.size);
  *(uint32_t *)to = number;
  weir__copy(to + 4, text.at, text.size);
}

static inline void weir_set(const weir_message *m, const char *key, weir_text value) { weir__pair(1, m, weir_of(key), value); }
static inline void weir_add(const weir_message *m, const char *key, weir_text value) { weir__pair(2, m, weir_of(key), value); }
static inline void weir_remove(const weir_message *m, const char *key) { weir__text(3, 0, m, weir_of(key)); }
static inline void weir_set_body(const weir_message *m, weir_text body) { weir__text(4, 0, m, body); }

/* Verdicts: at most one in a call; without one the message goes on. */
static inline void weir_reply_error(const weir_message *m, uint32_t error, const char *text) {
  weir__text(16, error, m, weir_of(text));
}
static inline void weir_forward(const weir_message *m, const char *cluster) {
  weir__number(18, m, 0xffffffffu, weir_of(cluster));
}
static inline void weir_drop(const weir_message *m) { weir__op(19, 0, m, 0); }
static inline void weir_close(const weir_message *m) { weir__op(20, 0, m, 0); }
static inline void weir_pause(const weir_message *m, uint32_t ms) { weir__number(21, m, ms, (weir_text){"", 0}); }

static inline void weir_log(uint32_t level, const char *text) { weir__text(32, level, NULL, weir_of(text)); }
static inline void weir_count(const char *name, uint32_t by) { weir__number(33, NULL, by, weir_of(name)); }

/* ---- in on_configure ---- */

static uint32_t weir__slots;

/* Declares a key of requests and responses, and answers its slot. */
static inline uint32_t weir_reads(const char *key) {
  weir__text(48, WEIR_BOTH, NULL, weir_of(key));
  return weir__slots++;
}
static inline void weir_wants(uint32_t what) { weir__op(50, what, NULL, 0); }
static inline void weir_refuse(const char *why) { weir__text(52, 0, NULL, weir_of(why)); }

/* ---- what the host calls ---- */

static char weir__input[WEIR_INPUT_BYTES] __attribute__((aligned(8)));
static char *weir__block = weir__input;

WEIR_EXPORT("weir_abi_1") void weir__abi_1(void) {}

WEIR_EXPORT("weir_input") char *weir__make_input(uint32_t size) {
  if (size <= WEIR_INPUT_BYTES) return weir__block = weir__input;
  size_t page = __builtin_wasm_memory_grow(0, (size + 65535) >> 16);
  return weir__block = page == (size_t)-1 ? NULL : (char *)(page << 16);
}

WEIR_EXPORT("weir_call") const char *weir__call(uint32_t phase, uint32_t size) {
  const weir_message *message = (const weir_message *)(weir__block + 24);
  (void)size;
  weir__size = 4;
  switch (phase) {
    case 1:
      weir__slots = 0;
      if (on_configure != NULL)
        on_configure((weir_text){weir__block + 32, *(const uint32_t *)(weir__block + 24)});
      weir__op(51, (on_request != NULL) | (on_response != NULL) << 1 | (on_end != NULL) << 2, NULL, 0);
      break;
    case 2:
      if (on_request != NULL) on_request(message);
      break;
    case 3:
      if (on_response != NULL) on_response(message);
      break;
    case 4:
      if (on_end != NULL) on_end(message);
      break;
    case 5:
      if (on_resume != NULL) on_resume(message);
      break;
  }
  *(uint32_t *)weir__answer = weir__size;
  return weir__size == 4 ? NULL : weir__answer;
}

#endif
