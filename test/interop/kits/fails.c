/* Fails: it reads what is not there. */
#include "weir.h"

static uint32_t caller;

void on_configure(weir_config config) { caller = weir_reads("caller"); }

static uint32_t deep(uint32_t at) { return *(volatile uint32_t *)(at + 0x7f000000); }

weir_verdict on_request(weir_metadata *metadata, weir_mutation *mutation) {
  weir_text from = weir_get(metadata, caller);
  weir_set(mutation, weir_of("a"), weir_of(deep(from.size) ? "x" : "y"));
  return WEIR_CONTINUE;
}
