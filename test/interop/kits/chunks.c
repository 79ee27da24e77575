/* The codec of greeting.c, which looks at everything that is there instead of reading on. */
#include "weir-codec.h"

const weir_codec codec = {.correlation = WEIR_IN_ORDER, .pushes = true};

void encode_preface(bool request, weir_writer *w) {
  weir_write_bytes(w, weir_of(request ? "READY 1\n" : "HELLO 1\n"));
}

static const weir_frame *said(weir_text line, uint32_t size, bool request) {
  bool bye = weir_is(line, "bye");
  weir_frame *frame = weir_message(bye ? WEIR_KIND_DRAIN : request ? WEIR_KIND_REQUEST : WEIR_KIND_RESPONSE);
  frame->size = frame->header_size = size;
  if (!bye) frame->operation = line;
  if (weir_is(line, "listen")) frame->affinity = WEIR_OWN, frame->wait_ms = WEIR_FOR_EVER;
  if (weir_is(line, "leave")) frame->affinity = WEIR_RELEASE;
  return frame;
}

void decode_chunk(weir_text bytes, weir_sink *sink) {
  while (bytes.size > 0) {
    uint32_t size = 0;
    while (size < bytes.size && bytes.at[size] != '\n') size++;
    if (size++ == bytes.size) return;
    weir_text line = {bytes.at, size - 1}, start = {bytes.at, 6};
    bytes = (weir_text){bytes.at + size, bytes.size - size};
    if (sink->state.at != NULL) {
      weir_sink_message(sink, said(line, size, sink->request), 0, 0);
    } else if (line.size < 6 || !weir_is(start, sink->request ? "HELLO " : "READY ")) {
      weir_sink_malformed(sink, WEIR_BAD_MAGIC, "no greeting");
      return;
    } else {
      weir_sink_passed(sink, size);
      weir_sink_set_state(sink, weir_of("greeted"));
    }
  }
}

void encode_drain_reply(weir_outgoing *drain, weir_writer *w) {
  (void)drain;
  weir_write_bytes(w, weir_of("farewell\n"));
}

void encode_error(weir_outgoing *request, const weir_error *error, weir_writer *w) {
  (void)request, (void)error;
  weir_write_bytes(w, weir_of("ERR\n"));
}
