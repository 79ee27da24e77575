/* Everything that an author has, one word of a request after the other. The other languages say the same. */
#include "weir.h"

enum { CONFIGS = 4, ROOM = 1024 };

static uint32_t word_slot, key_slot, x_slot, count;
static weir_text said[CONFIGS];

/* A text that is put together, part by part. */
static char room[ROOM];
static weir_text line;

static void begin(void) { line = (weir_text){room, 0}; }
static void part(weir_text text) { line.size += weir_join(room + line.size, ROOM - line.size, text, weir_of("")).size; }
static void words(const char *text) { part(weir_of(text)); }
static void yes(bool value) { words(value ? "yes" : "no"); }
static void maybe(weir_text text) { text.at == NULL ? words("none") : part(text); }
static void number(int64_t value) {
  char digits[20];
  if (value < 0) words("-");
  part(weir_decimal((uint64_t)(value < 0 ? -value : value), digits));
}
static weir_text kept(void) {
  char *copy = weir_keep(line.size);
  return weir_join(copy, line.size, line, weir_of(""));
}

void on_configure(weir_config config) {
  word_slot = weir_reads("do");
  key_slot = weir_reads("key");
  x_slot = weir_reads("x");
  weir_wants(WEIR_REQUEST_BODY | WEIR_STREAM_BODY | WEIR_OPERATION | WEIR_REQUEST_WITH_RESPONSE | WEIR_ROUTE_CONFIG);
  weir_text word = weir_config_get(config, "word");
  if (weir_is(word, "bad")) {
    weir_refuse("that is a bad word");
    return;
  }
  begin();
  part(word);
  words(" ");
  number(weir_config_number(config, "times", 0) + 1);
  words(" ");
  yes(weir_config_flag(config, "on", true));
  weir_config item;
  for (uint32_t at = 0, first = at; weir_config_next(weir_config_at(config, "list"), &at, &item); first = at) {
    words(first == 0 ? " " : ",");
    part(weir_config_text(item));
  }
  words(" ");
  part(weir_config_get(weir_config_at(config, "deep"), "word"));
  said[weir_configuration()] = kept();
}

static void about(weir_metadata *m) {
  char digits[20];
  part(weir_operation(m)), words("|");
  part(weir_request_id(m, digits)), words("|");
  number(weir_size(m)), words("|");
  number(weir_status(m)), words("|");
  part(weir_listener(m)), words("|");
  part(weir_peer(m)), words("|");
  part(weir_protocol(m));
}

static void keys(weir_metadata *m) {
  for (uint32_t i = 0; i < weir_properties(m); i++) {
    if (i > 0 && weir_same(weir_key(m, i), weir_key(m, i - 1))) continue;
    if (i > 0) words(",");
    part(weir_key(m, i));
  }
}

static void all(weir_metadata *m, uint32_t slot) {
  for (uint32_t nth = 0; weir_nth(m, slot, nth).at != NULL; nth++) {
    if (nth > 0) words(",");
    part(weir_nth(m, slot, nth));
  }
}

static void got(const char *key) {
  static char value[64];
  int32_t size = weir_kv_get(key, weir_of(key).size, value, sizeof value);
  words(" ");
  maybe(size < 0 ? (weir_text){NULL, 0} : (weir_text){value, (uint32_t)size});
}

static void swapped(const char *expected, const char *value) {
  int32_t size = expected == NULL ? -1 : 1;
  words(" ");
  yes(weir_kv_cas("a", 1, expected, size, value, 1, 0) == 1);
}

static void added(const char *key, double by) {
  words(" ");
  number((int64_t)weir_kv_add(key, 1, by, 0));
}

static void stored(void) {
  yes(weir_kv_set("a", 1, "1", 1, 0) == 1);
  swapped("2", "3");
  swapped("1", "3");
  got("a");
  added("n", 2);
  added("n", 1);
  added("a", 1);
  weir_kv_delete("a", 1);
  got("a");
  swapped(NULL, "x");
  swapped(NULL, "y");
  words(" ");
  yes(weir_kv_set("b", 1, "brief", 5, 10) == 1);
  words(" ");
  number(weir_kv_get("long", 4, NULL, 0) < 0 ? 0 : 1);
}

static void chance(void) {
  uint32_t drawn[2] = {0, 0};
  weir_random(drawn, sizeof drawn);
  double value = (double)drawn[0] / 4294967296.0;
  yes(value >= 0 && value < 1);
}

static void logged(void) {
  weir_log(WEIR_DEBUG, "d");
  weir_log(WEIR_INFO, "i");
  weir_log(WEIR_WARN, "w");
  weir_log(WEIR_ERROR, "e");
}

static bool does(weir_text word, weir_metadata *m) {
  begin();
  if (weir_is(word, "about")) return about(m), true;
  if (weir_is(word, "keys")) return keys(m), true;
  if (weir_is(word, "has")) return yes(weir_has(m, key_slot)), words(" "), yes(weir_has(m, x_slot)), true;
  if (weir_is(word, "get")) return maybe(weir_get(m, key_slot)), words(" "), maybe(weir_get(m, x_slot)), true;
  if (weir_is(word, "all")) return all(m, key_slot), words("|"), all(m, x_slot), true;
  if (weir_is(word, "config")) return part(said[weir_config_of(m)]), true;
  if (weir_is(word, "now")) return number((int64_t)(weir_now() / 1000)), true;
  if (weir_is(word, "random")) return chance(), true;
  if (weir_is(word, "body")) return part(weir_body(m)), true;
  if (weir_is(word, "count")) return number(++count), true;
  if (weir_is(word, "store")) return stored(), true;
  if (weir_is(word, "log")) return logged(), true;
  if (weir_is(word, "counter")) return weir_count("seen", 2), weir_count("seen", 1), true;
  return false;
}

static weir_verdict decide(weir_text word) {
  weir_property asked = {weir_of("q"), weir_of("1")}, made = {weir_of("k"), weir_of("v")};
  if (weir_is(word, "drop")) return WEIR_DROP;
  if (weir_is(word, "close")) return WEIR_CLOSE;
  if (weir_is(word, "refuse")) return weir_reply_error(WEIR_DENIED, "no");
  if (weir_is(word, "reply")) return weir_reply(&made, 1, weir_of("made"));
  if (weir_is(word, "forward")) return weir_forward(weir_of("other"), 70);
  if (weir_is(word, "pause")) return weir_pause(10);
  if (weir_is(word, "call")) return weir_call(weir_of("other"), &asked, 1, weir_of("ask"), 50);
  return WEIR_CONTINUE;
}

weir_verdict on_request(weir_metadata *metadata, weir_mutation *mutation) {
  weir_text word = weir_get(metadata, word_slot);
  if (weir_is(word, "edit")) {
    weir_set(mutation, weir_of("a"), weir_of("1"));
    weir_add(mutation, weir_of("a"), weir_of("2"));
    weir_remove(mutation, weir_of("b"));
    weir_set_body(mutation, weir_of("new"));
  }
  if (does(word, metadata)) weir_set(mutation, weir_of("said"), line);
  return decide(word);
}

weir_verdict on_response(weir_metadata *metadata, weir_mutation *mutation) {
  begin();
  part(weir_get(weir_next(metadata), word_slot));
  words(" ");
  number(weir_status(metadata));
  weir_set(mutation, weir_of("said"), line);
  return WEIR_CONTINUE;
}

weir_verdict on_stream_data(weir_metadata *metadata, weir_mutation *mutation) {
  if (weir_is(weir_get(metadata, word_slot), "drop")) return WEIR_DROP;
  begin();
  part(weir_body(metadata));
  words("!");
  weir_set_body(mutation, line);
  return WEIR_CONTINUE;
}

weir_verdict on_resume(weir_metadata *metadata, weir_mutation *mutation) {
  uint32_t reason = weir_resume_reason(metadata);
  begin();
  words(reason == WEIR_TIMER ? "timer " : reason == WEIR_ANSWER ? "answer " : "failed ");
  words(weir_resume_response(metadata) ? "response " : "request ");
  number(weir_pauses(metadata));
  words(" ");
  part(weir_get(metadata, word_slot));
  if (reason != WEIR_TIMER) words(" ");
  if (reason == WEIR_ANSWER) {
    weir_metadata *answer = weir_next(metadata);
    part(weir_named(answer, "word"));
    words(" ");
    part(weir_body(answer));
  }
  if (reason == WEIR_FAILED) part(weir_call_failure(metadata));
  weir_set(mutation, weir_of("said"), line);
  return WEIR_CONTINUE;
}

void on_end(weir_metadata *metadata, weir_outcome *o) {
  begin();
  part(weir_get(metadata, word_slot)), words("|");
  yes(weir_result(o) == WEIR_RESULT_ERROR), words("|");
  yes(weir_outcome_error(o) == WEIR_REQUEST_TIMEOUT), words("|");
  part(weir_error_text(o));
  int64_t numbers[] = {weir_outcome_status(o), (int64_t)weir_duration_ms(o), (int64_t)weir_upstream_ms(o),
                       weir_request_bytes(o),  weir_response_bytes(o),       weir_attempts(o)};
  for (uint32_t i = 0; i < 6; i++) words("|"), number(numbers[i]);
  words("|"), part(weir_cluster(o));
  words("|"), part(weir_endpoint(o));
  uint32_t flags[] = {WEIR_LATE_REPLY, WEIR_DOWNSTREAM_GONE, WEIR_DROPPED, WEIR_RETRIED};
  for (uint32_t i = 0; i < 4; i++) words("|"), yes((weir_flags(o) & flags[i]) != 0);
  weir_log_text(WEIR_INFO, line);
}

weir_text snapshot(void) {
  begin();
  if (count == 0) return (weir_text){NULL, 0};
  number(count);
  return line;
}

const char *restore(weir_text state, weir_text version) {
  uint32_t value = 0;
  for (uint32_t i = 0; i < state.size; i++) {
    if (state.at[i] < '0' || state.at[i] > '9') {
      begin();
      words("no number from ");
      part(version);
      room[line.size] = 0;
      return room;
    }
    value = value * 10 + (uint32_t)(state.at[i] - '0');
  }
  count = value;
  return NULL;
}
