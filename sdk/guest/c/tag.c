/* Tags requests with their caller, refuses those without one, and counts what comes back. */
#include "weir.h"

static uint32_t caller, method;

void on_configure(weir_text config) {
  (void)config;
  caller = weir_reads("caller");
  method = weir_reads("method");
}

void on_request(const weir_message *message) {
  weir_text from = weir_get(message, caller);
  if (from.at == NULL) {
    weir_reply_error(message, WEIR_DENIED, "who calls?");
    return;
  }
  if (weir_is(weir_get(message, method), "sayHello")) weir_set(message, "x-tag", from);
}

void on_response(const weir_message *message) {
  (void)message;
  weir_count("answers", 1);
}
