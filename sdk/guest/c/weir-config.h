/*
 * weir-config.h: reads a configuration, which is JSON that the host wrote, so that it is whole. Texts that are read are
 * kept as long as the instance.
 */
#ifndef WEIR_CONFIG_H
#define WEIR_CONFIG_H

#include "weir-base.h"

/* A value as it stands in the JSON. */
typedef weir_text weir_config;

static const char *weir__space(const char *at, const char *end) {
  while (at < end && (*at <= ' ' || *at == ',' || *at == ':')) at++;
  return at;
}

/* The end of the value that begins here: brackets are counted, texts passed over. */
static const char *weir__value_end(const char *at, const char *end) {
  int depth = 0;
  while (at < end) {
    char sign = *at;
    if (sign == '"')
      for (at++; at < end && *at != '"'; at++) at += *at == '\\';
    else if (sign == '{' || sign == '[')
      depth++;
    else if (sign == '}' || sign == ']') {
      if (depth-- == 0) return at;
    } else if (depth == 0 && (sign == ',' || sign == ':' || sign <= ' '))
      return at;
    at++;
    if (depth == 0 && (sign == '"' || sign == '}' || sign == ']')) return at;
  }
  return at;
}

static char *weir__utf8(char *to, uint32_t point) {
  if (point < 0x80) return *to++ = (char)point, to;
  if (point < 0x800)
    *to++ = (char)(0xc0 | point >> 6);
  else {
    if (point < 0x10000)
      *to++ = (char)(0xe0 | point >> 12);
    else {
      *to++ = (char)(0xf0 | point >> 18);
      *to++ = (char)(0x80 | (point >> 12 & 0x3f));
    }
    *to++ = (char)(0x80 | (point >> 6 & 0x3f));
  }
  *to++ = (char)(0x80 | (point & 0x3f));
  return to;
}

static uint32_t weir__hex4(const char *at) {
  uint32_t value = 0;
  for (int i = 0; i < 4; i++) value = value << 4 | (uint32_t)(at[i] > '9' ? (at[i] | 0x20) - 'a' + 10 : at[i] - '0');
  return value;
}

/* Behind a backslash: what stands for what, and for what is written as hex; answers where it goes on. */
static const char *weir__escape(const char *at, char **to) {
  static const char from[] = "nrtbf", made[] = "\n\r\t\b\f";
  if (*at == 'u') {
    uint32_t point = weir__hex4(at + 1);
    bool pair = point >> 10 == 0x36 && at[5] == '\\' && at[6] == 'u';
    if (pair) point = 0x10000 + ((point & 0x3ff) << 10 | (weir__hex4(at + 7) & 0x3ff));
    *to = weir__utf8(*to, point);
    return at + (pair ? 11 : 5);
  }
  char sign = *at;
  for (int i = 0; i < 5; i++)
    if (from[i] == sign) sign = made[i];
  *(*to)++ = sign;
  return at + 1;
}

/* The text itself, or a number or word as it is written. */
static weir_text weir_config_text(weir_config value) {
  if (value.at == NULL || value.size == 0 || *value.at != '"') return value;
  char *kept = weir_keep(value.size), *to = kept;
  for (const char *at = value.at + 1, *end = value.at + value.size - 1; at < end;) {
    if (*at == '\\')
      at = weir__escape(at + 1, &to);
    else
      *to++ = *at++;
  }
  return (weir_text){kept, (uint32_t)(to - kept)};
}

/* The next item of a list or, by turns, key and value of an object; begin with `at` zero. False behind the last. */
static bool weir_config_next(weir_config list, uint32_t *at, weir_config *item) {
  const char *end = list.at + list.size;
  const char *from = weir__space(list.at + (*at == 0 ? 1 : *at), end);
  if (list.at == NULL || from >= end || *from == ']' || *from == '}') return false;
  const char *to = weir__value_end(from, end);
  *item = (weir_config){from, (uint32_t)(to - from)};
  *at = (uint32_t)(to - list.at);
  return true;
}

/* What stands under a key, as it is written; nothing when there is none. */
static weir_config weir_config_at(weir_config object, const char *key) {
  weir_config name, value;
  if (object.at == NULL || object.size == 0 || *object.at != '{') return (weir_config){NULL, 0};
  for (uint32_t at = 0; weir_config_next(object, &at, &name) && weir_config_next(object, &at, &value);)
    if (weir_is(((weir_text){name.at + 1, name.size - 2}), key) && *value.at != 'n') return value;
  return (weir_config){NULL, 0};
}

static inline weir_text weir_config_get(weir_config config, const char *key) {
  return weir_config_text(weir_config_at(config, key));
}

static inline bool weir_config_flag(weir_config config, const char *key, bool otherwise) {
  weir_config value = weir_config_at(config, key);
  return value.at == NULL ? otherwise : weir_is(value, "true");
}

/* A whole number. */
static inline int64_t weir_config_number(weir_config config, const char *key, int64_t otherwise) {
  weir_config value = weir_config_at(config, key);
  if (value.at == NULL) return otherwise;
  int64_t number = 0;
  uint32_t i = *value.at == '-';
  for (; i < value.size && value.at[i] >= '0' && value.at[i] <= '9'; i++) number = number * 10 + (value.at[i] - '0');
  return *value.at == '-' ? -number : number;
}

#endif
