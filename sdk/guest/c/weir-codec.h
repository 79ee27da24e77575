/*
 * weir-codec.h: write a codec for weir in C. Include it in one file, define the functions that you need, and build as a
 * filter is built (weir.h). Declare the codec as a value of its own:
 *
 *   const weir_codec codec = {.id_bits = 32, .id_at = 1, .id_size = 4, .writes = "cmd code"};
 *
 * What you may define; `decode` or `decode_chunk`, and `encode_error` have to be there:
 *
 *   weir_frame *decode(weir_reader *r);                                          one frame, read straight on
 *   void decode_chunk(weir_text bytes, weir_sink *sink);                         all that is there, instead
 *   const char *encode(weir_outgoing *message, weir_writer *w);                  NULL, or why it cannot be written
 *   void encode_error(weir_outgoing *request, const weir_error *error, weir_writer *w);
 *   const char *encode_reply(weir_outgoing *request, weir_writer *w);            properties and body are the reply's
 *   void encode_heartbeat(uint64_t id, weir_writer *w);
 *   void encode_heartbeat_reply(weir_outgoing *heartbeat, weir_writer *w);
 *   void encode_drain(weir_writer *w);
 *   void encode_drain_reply(weir_outgoing *drain, weir_writer *w);
 *   void encode_preface(bool request, weir_writer *w);                           what a connection begins with: that of a
 *                                                                                caller, or one to an upstream
 *   weir_sniff sniff(weir_text bytes);
 *   void on_configure(weir_config config);
 */
#ifndef WEIR_CODEC_H
#define WEIR_CODEC_H

#include "weir-config.h"
#include "weir-frame.h"
#include "weir-outgoing.h"
#include "weir-reader.h"
#include "weir-writer.h"

typedef enum { WEIR_BY_ID = 0, WEIR_IN_ORDER = 2, WEIR_EXCLUSIVE = 3 } weir_correlation;
typedef enum { WEIR_YES = 1, WEIR_NO, WEIR_MORE } weir_sniff;

/* What is left out is 0, which is what most codecs want. */
typedef struct {
  weir_correlation correlation;
  uint8_t id_bits; /* of a text, how large a number it may hold; 0 without ids */
  bool id_text;
  uint8_t id_size;     /* how many bytes it takes in every frame; 0: it stands in no fixed place */
  uint32_t id_at;      /* and where */
  bool little_endian;  /* the id */
  const char *writes;  /* keys that encode can change, with spaces between them; "*": all */
  weir_text magic;     /* bytes that every connection begins with */
  uint32_t frame_size_max, sniff_bytes;
  bool affinity; /* messages may say that they need a connection of their client's own */
  bool pushes;   /* what an upstream sends there while nobody waits goes to that client; affinity is then meant, too */
} weir_codec;

/* ---- what an author defines ---- */

extern const weir_codec codec;
/* Where decode_chunk is: frames begin where the one before ended. */
typedef struct {
  bool request;   /* a caller sends this, and no upstream */
  uint32_t limit; /* the largest frame that is taken */
  weir_text state;
  weir_text rest; /* what was not told yet */
} weir_sink;

__attribute__((weak)) weir_frame *decode(weir_reader *r);
__attribute__((weak)) void decode_chunk(weir_text bytes, weir_sink *sink);
void encode_error(weir_outgoing *request, const weir_error *error, weir_writer *w);
__attribute__((weak)) void on_configure(weir_config config);
__attribute__((weak)) const char *encode(weir_outgoing *message, weir_writer *w);
__attribute__((weak)) const char *encode_reply(weir_outgoing *request, weir_writer *w);
__attribute__((weak)) void encode_heartbeat(uint64_t id, weir_writer *w);
__attribute__((weak)) void encode_heartbeat_reply(weir_outgoing *heartbeat, weir_writer *w);
__attribute__((weak)) void encode_drain(weir_writer *w);
__attribute__((weak)) void encode_drain_reply(weir_outgoing *drain, weir_writer *w);
__attribute__((weak)) void encode_preface(bool request, weir_writer *w);
__attribute__((weak)) weir_sniff sniff(weir_text bytes);

/* ---- what the host calls ---- */

#define WEIR__FRAMES_MAX 256

static void weir__declare(void) {
  if (decode == NULL && decode_chunk == NULL) weir_refuse("there is no decode and no decode_chunk");
  uint32_t handlers = (sniff != NULL) | (encode_heartbeat != NULL) << 1 | (encode_heartbeat_reply != NULL) << 2 |
                      (encode_drain != NULL) << 3 | (encode_reply != NULL) << 4 | (encode != NULL) << 5 |
                      (encode_preface != NULL) << 6 | (codec.affinity || codec.pushes) << 7 |
                      (encode_drain_reply != NULL) << 8 | codec.pushes << 9;
  uint32_t id = codec.id_text ? 2 : codec.id_bits > 0;
  weir__op(80, codec.correlation == WEIR_BY_ID ? 1 : codec.correlation, 0);
  weir__u32(id | (uint32_t)codec.id_bits << 8 | handlers << 16);
  weir__u32(codec.id_size == 0 ? WEIR_NONE : codec.id_at);
  weir__u32(codec.id_size | (uint32_t)codec.little_endian << 8);
  weir__u32(codec.frame_size_max);
  weir__u32(codec.sniff_bytes);
  weir__u32(0);
  weir__end();
  if (codec.magic.size > 0) weir__say(83, 0, 0, codec.magic);
  weir_text writes = codec.writes == NULL ? (weir_text){"", 0} : weir_of(codec.writes);
  if (weir_is(writes, "*")) weir__say(82, 0, 0, (weir_text){"", 0});
  for (uint32_t at = 0, from = 0; !weir_is(writes, "*") && at <= writes.size; at++) {
    if (at < writes.size && writes.at[at] != ' ') continue;
    if (at > from) weir__say(81, 0, 0, (weir_text){writes.at + from, at - from});
    from = at + 1;
  }
}

/* ---- what decode_chunk tells ---- */

static inline void weir__told(weir_sink *sink, uint32_t size) {
  if (size > sink->rest.size) size = sink->rest.size;
  sink->rest = (weir_text){sink->rest.at + size, sink->rest.size - size};
}

/* A frame that says its size and header_size, and where its body is, if that is not all behind the header (else 0, 0). */
static void weir_sink_message(weir_sink *sink, const weir_frame *frame, uint32_t body_at, uint32_t body_size) {
  weir_reader r = {.bytes = sink->rest.at, .size = sink->rest.size, .body_at = body_at, .body_size = body_size};
  weir__told(sink, weir__write_frame(frame, &r));
}

static inline void weir__sink_number(uint32_t code, uint32_t value) {
  weir__op(code, 0, 0);
  weir__u32(value);
  weir__end();
}

/* So many bytes are no message, a greeting for example. */
static inline void weir_sink_passed(weir_sink *sink, uint32_t size) {
  weir__sink_number(73, size);
  weir__told(sink, size);
}

/* So many bytes from here on have to be there; 0: more. */
static inline void weir_sink_need(weir_sink *sink, uint32_t size) { (void)sink, weir__sink_number(65, size); }

static inline void weir_sink_malformed(weir_sink *sink, weir_malformed_code code, const char *why) {
  (void)sink, weir__say(67, code, 0, weir_of(why));
}

static inline void weir_sink_set_state(weir_sink *sink, weir_text state) {
  weir__say(68, 0, 0, state);
  weir__keep_state(state);
  sink->state = weir__state;
}

/* Decodes frame after frame, until a byte is missing or nothing is left. */
static void weir__decode_all(weir_outgoing *block) {
  weir_text all = weir__text_at(block, 48);
  uint32_t at = 0;
  weir__keep_state(weir__text_at(block, 80));
  if (decode_chunk != NULL) {
    weir_sink sink = {weir_out_request(block), weir__at(block, 60), weir__state, all};
    decode_chunk(all, &sink);
    return;
  }
  for (uint32_t frames = 0; at < all.size && frames < WEIR__FRAMES_MAX; frames++) {
    weir_reader r = {.bytes = all.at + at, .size = all.size - at, .request = weir_out_request(block)};
    r.limit = weir__at(block, 60);
    r.state = weir__state;
    weir__next = (weir_text){NULL, 0};
    uint32_t before = weir__size;
    const weir_frame *frame = decode(&r);
    if (r.wrong != 0 || r.missing != 0) {
      weir__size = before;
      const char *why = r.wrong == WEIR_BAD_MAGIC ? "these are not the bytes of this protocol" : "it reaches beyond its frame";
      if (r.wrong != 0)
        weir__say(67, r.wrong, 0, weir_of(why));
      else {
        weir__op(65, 0, 0);
        weir__u32(r.missing);
        weir__end();
      }
      return;
    }
    uint32_t size = weir__write_frame(frame, &r);
    if (size == 0) return;
    if (weir__next.at != NULL) {
      weir__say(68, 0, 0, weir__next);
      weir__keep_state(weir__next);
    }
    if (size > all.size - at) return;
    at += size;
  }
}

/* What was written is forgotten when a sentence says why it cannot be. */
static void weir__wrote(const char *why) {
  if (why == NULL) {
    weir__end();
    return;
  }
  weir__begin_answer();
  weir__say(71, 0, 0, weir_of(why));
}

static void weir__encode(uint32_t phase, weir_outgoing *m) {
  weir__op(69, 0, 0);
  weir_writer w = {weir__size};
  weir_error error = {((const uint8_t *)m)[26], weir__text_at(m, 112)};
  const char *why = NULL;
  if (phase == 18 && encode != NULL) why = encode(m, &w);
  if (phase == 19) encode_error(m, &error, &w);
  if (phase == 20 && encode_reply != NULL) why = encode_reply(m, &w);
  if (phase == 21 && encode_heartbeat != NULL) encode_heartbeat(weir_out_id(m), &w);
  if (phase == 22 && encode_heartbeat_reply != NULL) encode_heartbeat_reply(m, &w);
  if (phase == 23 && encode_drain != NULL) encode_drain(&w);
  if (phase == 25 && encode_preface != NULL) encode_preface(weir_out_request(m), &w);
  if (phase == 26 && encode_drain_reply != NULL) encode_drain_reply(m, &w);
  if (phase == 25 && weir_written(&w) == 0) {
    weir__begin_answer();
    return;
  }
  weir__wrote(why);
}

WEIR_EXPORT("weir_codec_1") void weir__codec_1(void) {}

WEIR_EXPORT("weir_call") const char *weir__call(uint32_t phase, uint32_t size) {
  weir_outgoing *block = (weir_outgoing *)weir__block;
  (void)size;
  weir__begin_answer();
  if (phase == 1) {
    if (on_configure != NULL) on_configure((weir_config){weir__block + 32, *(const uint32_t *)(weir__block + 24)});
    weir__declare();
  }
  if (phase == 17) weir__decode_all(block);
  if ((phase >= 18 && phase <= 23) || phase == 25 || phase == 26) weir__encode(phase, block);
  if (phase == 24) weir__say(72, sniff == NULL ? WEIR_NO : sniff(weir_out_bytes(block)), 0, (weir_text){"", 0});
  return weir__end_answer();
}

#endif
