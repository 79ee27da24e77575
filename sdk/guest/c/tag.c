/* Tags requests with their caller, refuses those without one, and counts what comes back. */
#include "weir.h"

static uint32_t caller, method;
static weir_text tag;

void on_configure(weir_config config) {
  caller = weir_reads("caller");
  method = weir_reads("method");
  tag = weir_config_get(config, "tag");
  if (tag.at == NULL) tag = weir_of("x-tag");
}

weir_verdict on_request(weir_metadata *metadata, weir_mutation *mutation) {
  weir_text from = weir_get(metadata, caller);
  if (from.at == NULL) return weir_reply_error(WEIR_DENIED, "who calls?");
  if (weir_is(weir_get(metadata, method), "sayHello")) weir_set(mutation, tag, from);
  return WEIR_CONTINUE;
}

weir_verdict on_response(weir_metadata *metadata, weir_mutation *mutation) {
  (void)metadata, (void)mutation;
  weir_count("answers", 1);
  return WEIR_CONTINUE;
}
