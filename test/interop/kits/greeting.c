/* A greeting of each side, then lines; a caller that has said `listen` is told what nobody asked for. */
#include "weir-codec.h"

const weir_codec codec = {.correlation = WEIR_IN_ORDER, .affinity = true, .pushes = true};

void encode_preface(bool request, weir_writer *w) {
  weir_write_bytes(w, weir_of(request ? "READY 1\n" : "HELLO 1\n"));
}

weir_frame *decode(weir_reader *r) {
  if (r->state.at == NULL) {
    weir_set_state(weir_of("greeted"));
    weir_read_magic(r, weir_of(r->request ? "HELLO " : "READY "));
    weir_read_line(r, 8);
    return weir_passed();
  }
  weir_text line = weir_read_line(r, 100);
  if (weir_is(line, "bye")) return weir_message(WEIR_KIND_DRAIN);
  weir_frame *frame = weir_message(r->request ? WEIR_KIND_REQUEST : WEIR_KIND_RESPONSE);
  frame->operation = line;
  if (weir_is(line, "listen")) frame->affinity = WEIR_OWN, frame->wait_ms = WEIR_FOR_EVER;
  if (weir_is(line, "leave")) frame->affinity = WEIR_RELEASE;
  return frame;
}

void encode_drain_reply(weir_outgoing *drain, weir_writer *w) {
  (void)drain;
  weir_write_bytes(w, weir_of("farewell\n"));
}

void encode_error(weir_outgoing *request, const weir_error *error, weir_writer *w) {
  (void)request, (void)error;
  weir_write_bytes(w, weir_of("ERR\n"));
}
