/*
 * weir.h: write a filter for weir in C. Include it in one file, define the functions that you need, and build without
 * a library (build.sh finds a compiler):
 *
 *   clang --target=wasm32-unknown-unknown -O2 -mbulk-memory -ffreestanding -nostdlib -Wl,--no-entry,-s tag.c -o tag.wasm
 *   zig cc -target wasm32-freestanding -O2 -nostdlib -Wl,--no-entry -s tag.c -o tag.wasm
 *
 * What you may define (each may be left out; a filter is called in the phases for which it has a function):
 *
 *   void on_configure(weir_config config);                say what you read here, with weir_reads()
 *   weir_verdict on_request(weir_metadata *metadata, weir_mutation *mutation);
 *   weir_verdict on_response(weir_metadata *metadata, weir_mutation *mutation);
 *   weir_verdict on_resume(weir_metadata *metadata, weir_mutation *mutation);   after weir_pause() or weir_call()
 *   weir_verdict on_stream_data(weir_metadata *metadata, weir_mutation *mutation);   a further frame of a streaming call
 *   void on_end(weir_metadata *metadata, weir_outcome *outcome);
 *   weir_text snapshot(void);                             what the next version goes on with; no text when it has none
 *   const char *restore(weir_text state, weir_text version);      NULL, or why it cannot go on from there
 *
 * The texts of a message hold until the function returns. The bytes between host and guest are in sdk/ABI.md.
 */
#ifndef WEIR_H
#define WEIR_H

#include "weir-base.h"
#include "weir-config.h"

typedef const struct weir__record weir_metadata;
typedef const struct weir__record weir_mutation;
typedef const struct weir__record weir_outcome;

typedef enum {
  WEIR_CONTINUE = 0,
  WEIR_REPLY_ERROR = 16,
  WEIR_REPLY = 17,
  WEIR_FORWARD = 18,
  WEIR_DROP = 19,  /* answers nobody */
  WEIR_CLOSE = 20, /* closes the caller's connection */
  WEIR_PAUSE = 21,
  WEIR_CALL = 22
} weir_verdict;

__attribute__((weak)) void on_configure(weir_config config);
__attribute__((weak)) weir_verdict on_request(weir_metadata *metadata, weir_mutation *mutation);
__attribute__((weak)) weir_verdict on_response(weir_metadata *metadata, weir_mutation *mutation);
__attribute__((weak)) weir_verdict on_resume(weir_metadata *metadata, weir_mutation *mutation);
__attribute__((weak)) weir_verdict on_stream_data(weir_metadata *metadata, weir_mutation *mutation);
__attribute__((weak)) void on_end(weir_metadata *metadata, weir_outcome *outcome);
__attribute__((weak)) weir_text snapshot(void);
__attribute__((weak)) const char *restore(weir_text state, weir_text version);

/* ---- metadata ---- */

static inline uint32_t weir__get32(weir_metadata *m, uint32_t at) { return *(const uint32_t *)((const char *)m + at); }
static inline uint32_t weir__get16(weir_metadata *m, uint32_t at) { return *(const uint16_t *)((const char *)m + at); }
static inline uint32_t weir__get8(weir_metadata *m, uint32_t at) { return *((const uint8_t *)m + at); }

static inline weir_text weir__ref(weir_metadata *m, uint32_t at) {
  uint32_t where = weir__get32(m, at);
  return (weir_text){where == 0 ? NULL : (const char *)m + where, weir__get32(m, at + 4)};
}

/* The value number `nth` of a key; `slot` is what weir_reads() answered. */
static inline weir_text weir_nth(weir_metadata *m, uint32_t slot, uint32_t nth) {
  uint32_t at = weir__get32(m, 36);
  for (uint32_t left = weir__get16(m, 18); left > 0; left--, at += 16)
    if (weir__get16(m, at + 6) == slot && nth-- == 0) return weir__ref(m, at + 8);
  return (weir_text){NULL, 0};
}

/* The first value of a key; nothing (at == NULL) when the message does not carry it. */
static inline weir_text weir_get(weir_metadata *m, uint32_t slot) { return weir_nth(m, slot, 0); }
static inline bool weir_has(weir_metadata *m, uint32_t slot) { return weir_get(m, slot).at != NULL; }

/* Key and value number `nth`, of those declared, or of all after weir_reads_all(). */
static inline uint32_t weir_properties(weir_metadata *m) { return weir__get16(m, 18); }
static inline weir_text weir_key(weir_metadata *m, uint32_t nth) {
  uint32_t row = weir__get32(m, 36) + nth * 16;
  return (weir_text){(const char *)m + weir__get32(m, row), weir__get16(m, row + 4)};
}
static inline weir_text weir_value(weir_metadata *m, uint32_t nth) { return weir__ref(m, weir__get32(m, 36) + nth * 16 + 8); }

/* The value of a key by its name: after weir_reads_all(), and in the answer to a call. */
static inline weir_text weir_named(weir_metadata *m, const char *key) {
  for (uint32_t i = 0; i < weir_properties(m); i++)
    if (weir_is(weir_key(m, i), key)) return weir_value(m, i);
  return (weir_text){NULL, 0};
}

static inline uint64_t weir_id(weir_metadata *m) { return (uint64_t)weir__get32(m, 12) << 32 | weir__get32(m, 8); }
/* The caller's id, as decimal digits in a buffer of 20 where it is a number. */
static inline weir_text weir_request_id(weir_metadata *m, char *buffer) {
  return (weir__get8(m, 17) & 1) != 0 ? weir__ref(m, 72) : weir_decimal(weir_id(m), buffer);
}
/* The number of the configuration that holds: 0 is the listener's, the others are those of routes (WEIR_ROUTE_CONFIG). */
static inline uint32_t weir_config_of(weir_metadata *m) {
  return (weir__get8(m, 17) & 16) != 0 ? weir__get32(m, 104) : 0;
}
static inline uint32_t weir_kind(weir_metadata *m) { return weir__get8(m, 16); }
static inline int32_t weir_status(weir_metadata *m) { return (int32_t)weir__get32(m, 20); }
static inline uint32_t weir_stream_id(weir_metadata *m) { return weir__get32(m, 24); }
static inline uint32_t weir_header_size(weir_metadata *m) { return weir__get32(m, 28); }
static inline uint32_t weir_body_size(weir_metadata *m) { return weir__get32(m, 32); }
/* Bytes of the whole frame. */
static inline uint32_t weir_size(weir_metadata *m) { return weir_header_size(m) + weir_body_size(m); }
static inline weir_text weir_operation(weir_metadata *m) { return weir__ref(m, 40); }
static inline weir_text weir_listener(weir_metadata *m) { return weir__ref(m, 48); }
static inline weir_text weir_peer(weir_metadata *m) { return weir__ref(m, 56); }
static inline weir_text weir_protocol(weir_metadata *m) { return weir__ref(m, 64); }
static inline weir_text weir_problem(weir_metadata *m) { return weir__ref(m, 80); }
static inline weir_text weir_body(weir_metadata *m) { return weir__ref(m, 88); }
/* The request beside its response (WEIR_REQUEST_WITH_RESPONSE), and in on_resume the answer to a call. */
static inline weir_metadata *weir_next(weir_metadata *m) { return (weir_metadata *)((const char *)m + weir__get32(m, 0)); }

/* ---- outcome, resume: what a phase adds to the message ---- */

static inline uint32_t weir__extra(weir_metadata *m) { return weir__get32(m, 96); }
enum {
  WEIR_RESULT_OK = 1,
  WEIR_RESULT_ONEWAY,
  WEIR_RESULT_LOCAL_REPLY,
  WEIR_RESULT_ERROR,
  WEIR_RESULT_DROPPED,
  WEIR_RESULT_DOWNSTREAM_GONE
};
static inline uint32_t weir_result(weir_outcome *o) { return weir__get8(o, weir__extra(o)); }
static inline uint32_t weir_outcome_error(weir_outcome *o) { return weir__get8(o, weir__extra(o) + 1); }
enum { WEIR_LATE_REPLY = 1, WEIR_DOWNSTREAM_GONE = 2, WEIR_DROPPED = 4, WEIR_RETRIED = 8 };
static inline uint32_t weir_flags(weir_outcome *o) { return weir__get16(o, weir__extra(o) + 2); }
static inline int32_t weir_outcome_status(weir_outcome *o) { return (int32_t)weir__get32(o, weir__extra(o) + 4); }
static inline double weir_duration_ms(weir_outcome *o) { return *(const double *)((const char *)o + weir__extra(o) + 8); }
static inline double weir_upstream_ms(weir_outcome *o) { return *(const double *)((const char *)o + weir__extra(o) + 16); }
static inline uint32_t weir_request_bytes(weir_outcome *o) { return weir__get32(o, weir__extra(o) + 24); }
static inline uint32_t weir_response_bytes(weir_outcome *o) { return weir__get32(o, weir__extra(o) + 28); }
static inline uint32_t weir_attempts(weir_outcome *o) { return weir__get32(o, weir__extra(o) + 32); }
static inline weir_text weir_cluster(weir_outcome *o) { return weir__ref(o, weir__extra(o) + 36); }
static inline weir_text weir_endpoint(weir_outcome *o) { return weir__ref(o, weir__extra(o) + 44); }
static inline weir_text weir_error_text(weir_outcome *o) { return weir__ref(o, weir__extra(o) + 52); }

enum { WEIR_TIMER = 1, WEIR_ANSWER = 2, WEIR_FAILED = 3 };
static inline uint32_t weir_resume_reason(weir_metadata *m) { return weir__get8(m, weir__extra(m)); }
/* Whether it paused as a response. */
static inline bool weir_resume_response(weir_metadata *m) { return weir__get8(m, weir__extra(m) + 1) == 3; }
static inline uint32_t weir_pauses(weir_metadata *m) { return weir__get16(m, weir__extra(m) + 2); }
static inline weir_text weir_call_failure(weir_metadata *m) { return weir__ref(m, weir__extra(m) + 8); }

/* ---- mutation ---- */

static inline void weir__edit(uint32_t code, weir_mutation *m, weir_text key, weir_text value) {
  weir__op(code, 0, weir__get32(m, 4));
  weir__sized(key);
  weir__text(value);
  weir__end();
}

static inline void weir_set(weir_mutation *m, weir_text key, weir_text value) { weir__edit(1, m, key, value); }
static inline void weir_add(weir_mutation *m, weir_text key, weir_text value) { weir__edit(2, m, key, value); }
static inline void weir_remove(weir_mutation *m, weir_text key) { weir__say(3, 0, weir__get32(m, 4), key); }
static inline void weir_set_body(weir_mutation *m, weir_text body) { weir__say(4, 0, weir__get32(m, 4), body); }

/* ---- verdicts: one counts when it is returned ---- */

typedef struct {
  weir_text key, value;
} weir_property;

static inline void weir__verdict(weir_verdict code, uint32_t arg) {
  weir__said_at = weir__size;
  weir__op(code, arg, weir__get32((weir_metadata *)(weir__block + 24), 4));
}

static inline weir_verdict weir__said(weir_verdict code) {
  weir__end();
  weir__said_size = weir__size - weir__said_at;
  return code;
}

static inline void weir__message(const weir_property *properties, uint32_t count, weir_text body) {
  weir__u32(body.at == NULL ? WEIR_NONE : body.size);
  weir__u32(count);
  for (uint32_t i = 0; i < count; i++) {
    weir__u32(properties[i].key.size);
    weir__u32(properties[i].value.size);
    weir__text(properties[i].key);
    weir__text(properties[i].value);
  }
  weir__text(body);
}

static inline weir_verdict weir_reply_error_text(uint32_t error, weir_text text) {
  weir__verdict(WEIR_REPLY_ERROR, error);
  weir__text(text);
  return weir__said(WEIR_REPLY_ERROR);
}
static inline weir_verdict weir_reply_error(uint32_t error, const char *text) {
  return weir_reply_error_text(error, weir_of(text));
}
/* Answers with a message; no body is {NULL, 0}. */
static inline weir_verdict weir_reply(const weir_property *properties, uint32_t count, weir_text body) {
  weir__verdict(WEIR_REPLY, 0);
  weir__message(properties, count, body);
  return weir__said(WEIR_REPLY);
}
/* Sends the request to a cluster; WEIR_NONE takes the listener's time. */
static inline weir_verdict weir_forward(weir_text cluster, uint32_t timeout_ms) {
  weir__verdict(WEIR_FORWARD, 0);
  weir__u32(timeout_ms);
  weir__text(cluster);
  return weir__said(WEIR_FORWARD);
}
/* Needs the grant `timers`. */
static inline weir_verdict weir_pause(uint32_t ms) {
  weir__verdict(WEIR_PAUSE, 0);
  weir__u32(ms);
  return weir__said(WEIR_PAUSE);
}
/* Needs the grant `calls`. */
static inline weir_verdict weir_call(weir_text cluster, const weir_property *properties, uint32_t count, weir_text body,
                                     uint32_t timeout_ms) {
  weir__verdict(WEIR_CALL, 0);
  weir__u32(timeout_ms);
  weir__sized(cluster);
  weir__message(properties, count, body);
  return weir__said(WEIR_CALL);
}

/* ---- in on_configure ---- */

enum {
  WEIR_REQUEST_BODY = 1,
  WEIR_RESPONSE_BODY = 2,
  WEIR_REQUEST_WITH_RESPONSE = 4,
  WEIR_OPERATION = 8,
  WEIR_ROUTE_CONFIG = 16,
  WEIR_STREAM_BODY = 32
};

#define WEIR_KEYS_MAX 64
static weir_text weir__keys[WEIR_KEYS_MAX];
static uint32_t weir__slots;

/* Declares a key and answers its slot, which stays the same when it is declared again. The text has to be kept. */
static uint32_t weir_reads_text(weir_text key) {
  for (uint32_t slot = 0; slot < weir__slots; slot++)
    if (weir_same(weir__keys[slot], key)) return slot;
  if (weir__slots == WEIR_KEYS_MAX) __builtin_trap();
  weir__say(48, 0, 0, key);
  weir__keys[weir__slots] = key;
  return weir__slots++;
}
static inline uint32_t weir_reads(const char *key) { return weir_reads_text(weir_of(key)); }
static inline void weir_reads_all(void) { weir__say(49, 0, 0, (weir_text){"", 0}); }
static inline void weir_wants(uint32_t what) { weir__say(50, what, 0, (weir_text){"", 0}); }

/* ---- what the host does, each with its grant ---- */

WEIR_IMPORT("now") double weir_now(void);
WEIR_IMPORT("random") void weir_random(void *at, uint32_t size);
/* Size of the value, of which at most `room` bytes are written; -1 when there is none. */
WEIR_IMPORT("kv_get") int32_t weir_kv_get(const char *key, uint32_t key_size, char *at, uint32_t room);
WEIR_IMPORT("kv_set")
int32_t weir_kv_set(const char *key, uint32_t key_size, const char *at, uint32_t size, uint32_t ttl_ms);
WEIR_IMPORT("kv_delete") void weir_kv_delete(const char *key, uint32_t key_size);
/* NaN when what is there is no number, or the store is full. */
WEIR_IMPORT("kv_add") double weir_kv_add(const char *key, uint32_t key_size, double by, uint32_t ttl_ms);
/* Stores the value if what is there is what was expected, with size -1 nothing: 1; 0 when it is not; -1 when the store is full. */
WEIR_IMPORT("kv_cas")
int32_t weir_kv_cas(const char *key, uint32_t key_size, const char *expected, int32_t expected_size, const char *at,
                    uint32_t size, uint32_t ttl_ms);

/* ---- what the host calls ---- */

/* Obeys what was returned: a verdict that was made and not returned is taken out again. */
static inline void weir__decide(weir_verdict verdict) {
  if (weir__said_size != 0 && verdict != (weir_verdict)(uint8_t)weir__answer[weir__said_at]) {
    uint32_t behind = weir__said_at + weir__said_size;
    __builtin_memmove(weir__answer + weir__said_at, weir__answer + behind, weir__size - behind);
    weir__size -= weir__said_size;
  }
  if (verdict == WEIR_DROP || verdict == WEIR_CLOSE) {
    weir__op(verdict, 0, weir__get32((weir_metadata *)(weir__block + 24), 4));
    weir__end();
  }
}

/* The number of the configuration that on_configure is called with: 0 is the listener's (WEIR_ROUTE_CONFIG). */
static inline uint32_t weir_configuration(void) { return *(const uint16_t *)(weir__block + 6); }

static void weir__configure(void) {
  if (on_configure != NULL) on_configure((weir_config){weir__block + 32, *(const uint32_t *)(weir__block + 24)});
  weir__say(51, (on_request != NULL) | (on_response != NULL) << 1 | (on_end != NULL) << 2 |
                (on_stream_data != NULL) << 3 | (snapshot != NULL || restore != NULL) << 4,
            0, (weir_text){"", 0});
}

/* The state goes from one version to the next. */
static void weir__hand_over(uint32_t phase) {
  weir_text none = {NULL, 0}, state = phase == 7 && snapshot != NULL ? snapshot() : none;
  if (state.at != NULL) weir__say(53, 0, 0, state);
  if (phase != 8 || restore == NULL) return;
  weir_metadata *block = (weir_metadata *)weir__block;
  const char *why = restore(weir__ref(block, 24), weir__ref(block, 32));
  if (why != NULL) weir_refuse(why);
}

WEIR_EXPORT("weir_call") const char *weir__call(uint32_t phase, uint32_t size) {
  weir_metadata *message = (weir_metadata *)(weir__block + 24);
  (void)size;
  weir__begin_answer();
  if (phase == 1) weir__configure();
  if (phase == 2 && on_request != NULL) weir__decide(on_request(message, message));
  if (phase == 3 && on_response != NULL) weir__decide(on_response(message, message));
  if (phase == 4 && on_end != NULL) on_end(message, message);
  if (phase == 5 && on_resume != NULL) weir__decide(on_resume(message, message));
  if (phase == 6 && on_stream_data != NULL) weir__decide(on_stream_data(message, message));
  if (phase == 7 || phase == 8) weir__hand_over(phase);
  return weir__end_answer();
}

#endif
