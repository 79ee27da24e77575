/*
 * plugin-name: messages with a name, headers and a body. Write your own protocol in its place.
 *
 *   ca 11 | type u8 | status u8 | id u32 | length u32 | op: size u8, text
 *         | headers: count u8, each: size u8, key, size u16, value | body
 *
 * All numbers big endian; length counts what follows it.
 */
#include "weir-codec.h"

enum { HEADER = 12, MAGIC = 0xca11, PAIRS = 512 };
enum { REQUEST = 1, RESPONSE, ONEWAY, HEARTBEAT, HEARTBEAT_REPLY };

static const weir_text nothing = {"", 0};

const weir_codec codec = {.id_bits = 32, .id_at = 4, .id_size = 4, .magic = {"\xca\x11", 2}, .writes = "*"};

static weir_kind kind_of(uint8_t type, uint8_t status) {
  switch (type) {
    case REQUEST: return WEIR_KIND_REQUEST;
    case RESPONSE: return status == 0 ? WEIR_KIND_RESPONSE : WEIR_KIND_ERROR;
    case ONEWAY: return WEIR_KIND_ONEWAY;
    case HEARTBEAT: return WEIR_KIND_HEARTBEAT;
    default: return WEIR_KIND_HEARTBEAT_REPLY;
  }
}

static uint32_t type_of(weir_kind kind) {
  switch (kind) {
    case WEIR_KIND_REQUEST: return REQUEST;
    case WEIR_KIND_ONEWAY: return ONEWAY;
    case WEIR_KIND_HEARTBEAT: return HEARTBEAT;
    case WEIR_KIND_HEARTBEAT_REPLY: return HEARTBEAT_REPLY;
    default: return RESPONSE;
  }
}

weir_frame *decode(weir_reader *r) {
  weir_read_magic(r, codec.magic);
  uint8_t type = weir_read_u8(r), status = weir_read_u8(r);
  uint32_t id = weir_read_u32(r);
  uint32_t size = weir_read_u32(r), end = size > WEIR_NONE - HEADER ? WEIR_NONE : HEADER + size;
  weir_read_until(r, end);
  weir_frame *frame = weir_message(kind_of(type, status));
  if (r->missing == 0 && r->wrong == 0 && (type < REQUEST || type > HEARTBEAT_REPLY))
    return weir_malformed(WEIR_BAD_HEADER, "there is no such type");
  weir_text op = weir_read_bytes(r, weir_read_u8(r));
  weir_property_text(frame, "op", op);
  for (uint32_t left = weir_read_u8(r); left > 0; left--) {
    weir_text key = weir_read_bytes(r, weir_read_u8(r));
    weir_property(frame, key, weir_read_bytes(r, weir_read_u16(r)));
  }
  weir_read_body(r, end - r->at);
  frame->id = id;
  if (type == RESPONSE)
    frame->status = status;
  else
    frame->operation = op;
  return frame;
}

static void write_head(weir_writer *w, uint32_t type, uint32_t status, uint64_t id, weir_text op, uint32_t headers) {
  weir_write_u16(w, MAGIC);
  weir_write_u8(w, type);
  weir_write_u8(w, status);
  weir_write_u32(w, (uint32_t)id);
  weir_write_u32(w, 0);
  weir_write_u8(w, op.size);
  weir_write_bytes(w, op);
  weir_write_u8(w, headers);
}

/* The body, and what is known now: the length. */
static void write_body(weir_writer *w, weir_text body) {
  weir_write_bytes(w, body);
  uint32_t size = weir_written(w) - HEADER;
  for (uint32_t i = 0; i < 4; i++) *weir_written_at(w, HEADER - 4 + i) = (char)(size >> (24 - i * 8));
}

/* What is written in place of a message that filters have changed. */
const char *encode(weir_outgoing *message, weir_writer *w) {
  static weir_pair all[PAIRS];
  uint32_t count = weir_out_pairs(message, all, PAIRS);
  weir_text op = weir_out_get(message, "op");
  if (op.at == NULL || op.size > 255 || weir_out_nth(message, "op", 1).at != NULL)
    return "\"op\" has to stand once, with at most 255 bytes";
  if (count > 256) return weir_sentence(all[256].key, " is one header too many");
  int32_t status = weir_out_status(message);
  write_head(w, type_of(weir_out_kind(message)), status < 0 ? 0 : (uint32_t)status, weir_out_id(message), op, count - 1);
  for (uint32_t i = 0; i < count; i++) {
    if (weir_is(all[i].key, "op")) continue;
    if (all[i].key.size > 255 || all[i].value.size > 65535) return weir_sentence(all[i].key, " is too long");
    weir_write_u8(w, all[i].key.size);
    weir_write_bytes(w, all[i].key);
    weir_write_u16(w, all[i].value.size);
    weir_write_bytes(w, all[i].value);
  }
  write_body(w, weir_out_body(message));
  return NULL;
}

/* What the protocol says to a caller about the errors of the proxy. */
static uint32_t status_of(uint32_t error) {
  switch (error) {
    case WEIR_OVER_LIMIT:
    case WEIR_OVERLOADED: return 2;
    case WEIR_DENIED: return 3;
    case WEIR_BAD_REQUEST: return 4;
    case WEIR_REQUEST_TIMEOUT: return 5;
    default: return 1;
  }
}

void encode_error(weir_outgoing *request, const weir_error *error, weir_writer *w) {
  write_head(w, RESPONSE, status_of(error->kind), weir_out_id(request), nothing, 0);
  write_body(w, error->text);
}

void encode_heartbeat(uint64_t id, weir_writer *w) {
  write_head(w, HEARTBEAT, 0, id, nothing, 0);
  write_body(w, nothing);
}

void encode_heartbeat_reply(weir_outgoing *heartbeat, weir_writer *w) {
  write_head(w, HEARTBEAT_REPLY, 0, weir_out_id(heartbeat), nothing, 0);
  write_body(w, nothing);
}
