/* Works through the steps of its configuration with what the kit offers. */
#include "weir.h"

enum { STEPS = 16, WORDS = 8, KEYS = 16 };

typedef struct {
  weir_text words[WORDS];
  uint32_t count;
} step;

typedef struct {
  step steps[STEPS];
  uint32_t count;
} phase;

static phase request, response, end, later;
static weir_text keys[KEYS];
static uint32_t key_count;

static uint32_t digit(char sign) { return (uint32_t)(sign > '9' ? sign - 'a' + 10 : sign - '0'); }

static weir_text bytes(weir_text hex) {
  char *to = weir_keep(hex.size / 2 + 1);
  for (uint32_t i = 0; i < hex.size / 2; i++) to[i] = (char)(digit(hex.at[i * 2]) << 4 | digit(hex.at[i * 2 + 1]));
  return (weir_text){to, hex.size / 2};
}

static bool is_hex(weir_text word) {
  for (uint32_t i = 0; i < word.size; i++)
    if (!(word.at[i] >= '0' && word.at[i] <= '9') && !(word.at[i] >= 'a' && word.at[i] <= 'f')) return false;
  return true;
}

/* Words that may be hex are turned into what they stand for; numbers are read where they are wanted. */
static void read_step(step *to, const char *at, const char *stop) {
  to->count = 0;
  for (const char *from = at; from <= stop; from = at + 1) {
    for (at = from; at < stop && *at != ' ';) at++;
    if (to->count < WORDS) to->words[to->count++] = (weir_text){from, (uint32_t)(at - from)};
  }
}

static void read_phase(phase *to, weir_text text) {
  const char *at = text.at, *stop = text.at + text.size;
  to->count = 0;
  while (at < stop && to->count < STEPS) {
    const char *from = at;
    while (at < stop && *at != ';') at++;
    read_step(&to->steps[to->count++], from, at);
    at++;
  }
}

static uint32_t number(weir_text word) {
  uint32_t value = 0;
  for (uint32_t i = 0; i < word.size; i++) value = value * 10 + digit(word.at[i]);
  return value;
}

/* A word of a step as bytes, read once. */
static weir_text word(const step *s, uint32_t nth) {
  return nth < s->count && is_hex(s->words[nth]) ? bytes(s->words[nth]) : (weir_text){"", 0};
}

void on_configure(weir_config config) {
  weir_config item, reads = weir_config_at(config, "reads");
  for (uint32_t at = 0; weir_config_next(reads, &at, &item) && key_count < KEYS;) {
    keys[key_count] = bytes(weir_config_text(item));
    weir_reads_text(keys[key_count++]);
  }
  bool bodies = weir_config_flag(config, "bodies", false);
  weir_wants(WEIR_OPERATION | (bodies ? WEIR_REQUEST_BODY | WEIR_RESPONSE_BODY : 0) |
             (weir_config_flag(config, "beside", false) ? WEIR_REQUEST_WITH_RESPONSE : 0));
  read_phase(&request, weir_config_get(config, "request"));
  read_phase(&response, weir_config_get(config, "response"));
  read_phase(&end, weir_config_get(config, "end"));
  read_phase(&later, weir_config_get(config, "resume"));
}

static void copy(weir_metadata *from, weir_mutation *mutation, weir_text key, weir_text to) {
  uint32_t slot = 0;
  while (slot < key_count && !weir_same(keys[slot], key)) slot++;
  for (uint32_t nth = 0;; nth++) {
    weir_text value = weir_nth(from, slot, nth);
    if (value.at == NULL) return;
    if (nth == 0)
      weir_set(mutation, to, value);
    else
      weir_add(mutation, to, value);
  }
}

static weir_text known(weir_metadata *metadata, weir_text what) {
  if (weir_is(what, "operation")) return weir_operation(metadata);
  if (weir_is(what, "listener")) return weir_listener(metadata);
  if (weir_is(what, "peer")) return weir_peer(metadata);
  return weir_is(what, "protocol") ? weir_protocol(metadata) : weir_problem(metadata);
}

static void act(const step *s, weir_metadata *metadata, weir_mutation *mutation) {
  weir_text name = s->words[0], a = word(s, 1), b = word(s, 2);
  char digits[20];
  if (weir_is(name, "set")) weir_set(mutation, a, b);
  if (weir_is(name, "add")) weir_add(mutation, a, b);
  if (weir_is(name, "remove")) weir_remove(mutation, a);
  if (weir_is(name, "body")) weir_set_body(mutation, a);
  if (weir_is(name, "copy")) copy(metadata, mutation, a, b);
  if (weir_is(name, "copy-from-request")) copy(weir_next(metadata), mutation, a, b);
  if (weir_is(name, "copy-id")) weir_set(mutation, a, weir_request_id(metadata, digits));
  if (weir_is(name, "copy-body")) weir_set(mutation, a, weir_body(metadata));
  if (weir_is(name, "same-body")) weir_set_body(mutation, weir_body(metadata));
  if (weir_is(name, "copy-text")) weir_set(mutation, b, known(metadata, s->words[1]));
}

static weir_verdict reply(const step *s) {
  weir_property properties[WORDS];
  uint32_t count = 0;
  for (uint32_t i = 2; i + 1 < s->count; i += 2) properties[count++] = (weir_property){word(s, i), word(s, i + 1)};
  return weir_reply(properties, count, weir_is(s->words[1], "-") ? (weir_text){NULL, 0} : word(s, 1));
}

static weir_verdict decide(const step *s) {
  weir_text name = s->words[0];
  if (weir_is(name, "drop")) return WEIR_DROP;
  if (weir_is(name, "close")) return WEIR_CLOSE;
  if (weir_is(name, "pause")) return weir_pause(number(s->words[1]));
  if (weir_is(name, "reply-error")) return weir_reply_error_text(number(s->words[1]), word(s, 2));
  if (weir_is(name, "forward"))
    return weir_forward(word(s, 2), weir_is(s->words[1], "-") ? WEIR_NONE : number(s->words[1]));
  return weir_is(name, "reply") ? reply(s) : WEIR_CONTINUE;
}

static weir_verdict work(const phase *steps, weir_metadata *metadata, weir_mutation *mutation) {
  for (uint32_t i = 0; i < steps->count; i++) {
    act(&steps->steps[i], metadata, mutation);
    weir_verdict verdict = decide(&steps->steps[i]);
    if (verdict != WEIR_CONTINUE) return verdict;
  }
  /* One that is not returned does not count. */
  weir_reply_error(WEIR_DENIED, "nobody returned this");
  return WEIR_CONTINUE;
}

weir_verdict on_request(weir_metadata *metadata, weir_mutation *mutation) { return work(&request, metadata, mutation); }
weir_verdict on_response(weir_metadata *metadata, weir_mutation *mutation) { return work(&response, metadata, mutation); }
weir_verdict on_resume(weir_metadata *metadata, weir_mutation *mutation) { return work(&later, metadata, mutation); }

void on_end(weir_metadata *metadata, weir_outcome *outcome) {
  (void)metadata;
  for (uint32_t i = 0; i < end.count; i++) {
    const step *s = &end.steps[i];
    if (weir_is(s->words[0], "log"))
      weir_log_text(WEIR_INFO, word(s, 1));
    else if (weir_is(s->words[1], "cluster"))
      weir_log_text(WEIR_INFO, weir_cluster(outcome));
    else
      weir_log_text(WEIR_INFO, weir_is(s->words[1], "endpoint") ? weir_endpoint(outcome) : weir_error_text(outcome));
  }
}
