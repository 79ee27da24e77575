/* plugin-name: tells the service who called, and refuses who is banned. */
#include "weir.h"

static uint32_t caller;
static weir_text banned;

/* Called once, with the configuration; weir_refuse() says what is wrong with it. */
void on_configure(weir_config config) {
  caller = weir_reads("caller");
  banned = weir_config_get(config, "banned");
}

/* Called with every request; `mutation` changes what goes on to the service. */
weir_verdict on_request(weir_metadata *metadata, weir_mutation *mutation) {
  weir_text from = weir_get(metadata, caller);
  if (from.at == NULL) from = weir_of("nobody");
  if (from.size > 0 && weir_same(from, banned)) {
    static char text[300];
    return weir_reply_error_text(WEIR_DENIED, weir_join(text, sizeof text, from, weir_of(" may not call")));
  }
  weir_set(mutation, weir_of("plugin-name"), from);
  return WEIR_CONTINUE;
}
