/*
 * The protocol of the tutorial, byte by byte, all numbers big endian:
 *
 *   version i8 | id u32 | size of the whole packet u32 | cmd i16 | code i16 | body
 *
 * A caller's code is 0; a reply's is 0 when all is well. Command 0 is a sign of life.
 */
#include "weir-codec.h"

enum { HEADER = 13, VERSION = 1, HEARTBEAT = 0 };

const weir_codec codec = {.id_bits = 32, .id_at = 1, .id_size = 4, .writes = "cmd code version"};

static weir_kind kind_of(bool request, int16_t cmd, int16_t code) {
  if (cmd == HEARTBEAT) return request ? WEIR_KIND_HEARTBEAT : WEIR_KIND_HEARTBEAT_REPLY;
  if (request) return WEIR_KIND_REQUEST;
  return code == 0 ? WEIR_KIND_RESPONSE : WEIR_KIND_ERROR;
}

weir_frame *decode(weir_reader *r) {
  int8_t version = weir_read_i8(r);
  if (version < 1) return weir_malformed(WEIR_BAD_VERSION, "there is no such version");
  uint32_t id = weir_read_u32(r);
  uint32_t size = weir_read_u32(r);
  int16_t cmd = weir_read_i16(r);
  int16_t code = weir_read_i16(r);
  if (size < HEADER) return weir_malformed(WEIR_BAD_FRAME_SIZE, "a packet of less than its header");
  weir_read_body(r, size - HEADER);
  weir_frame *frame = weir_message(kind_of(r->request, cmd, code));
  frame->id = id;
  if (!r->request) frame->status = code;
  frame->operation = weir_number_text(cmd);
  weir_property_number(frame, "version", version);
  weir_property_number(frame, "cmd", cmd);
  weir_property_number(frame, "code", code);
  return frame;
}

static void write(weir_writer *w, int64_t version, uint64_t id, int64_t cmd, int64_t code, weir_text body) {
  weir_write_u8(w, (uint32_t)version);
  weir_write_u32(w, (uint32_t)id);
  weir_write_u32(w, HEADER + body.size);
  weir_write_u16(w, (uint32_t)cmd);
  weir_write_u16(w, (uint32_t)code);
  weir_write_bytes(w, body);
}

const char *encode(weir_outgoing *message, weir_writer *w) {
  int64_t version, cmd, code;
  if (!weir_out_number(message, "version", 1, 127, &version)) return "\"version\" has to be one number from 1 to 127";
  if (!weir_out_number(message, "cmd", -32768, 32767, &cmd)) return "\"cmd\" has to be one number of 16 bits";
  if (!weir_out_number(message, "code", -32768, 32767, &code)) return "\"code\" has to be one number of 16 bits";
  write(w, version, weir_out_id(message), cmd, code, weir_out_body(message));
  return NULL;
}

/* What the protocol says to a caller about the errors of the proxy. */
static int64_t code_of(uint32_t error) {
  switch (error) {
    case WEIR_ROUTE_NOT_FOUND: return 404;
    case WEIR_OVER_LIMIT: return 429;
    case WEIR_DENIED: return 403;
    case WEIR_BAD_REQUEST: return 400;
    case WEIR_REQUEST_TIMEOUT: return 504;
    default: return 500;
  }
}

/* The command, out of the beginning of a frame. */
static int16_t cmd_of(weir_outgoing *message) {
  weir_reader r = weir_reader_over(weir_out_bytes(message));
  weir_read_bytes(&r, 9);
  return weir_read_i16(&r);
}

void encode_error(weir_outgoing *request, const weir_error *error, weir_writer *w) {
  write(w, VERSION, weir_out_id(request), cmd_of(request), code_of(error->kind), error->text);
}

const char *encode_reply(weir_outgoing *request, weir_writer *w) {
  if (weir_out_properties(request) > 0) return "properties cannot be said in a reply of our own";
  write(w, VERSION, weir_out_id(request), cmd_of(request), 0, weir_out_body(request));
  return NULL;
}

void encode_heartbeat(uint64_t id, weir_writer *w) { write(w, VERSION, id, HEARTBEAT, 0, (weir_text){"", 0}); }

void encode_heartbeat_reply(weir_outgoing *m, weir_writer *w) { encode_heartbeat(weir_out_id(m), w); }

weir_sniff sniff(weir_text bytes) {
  weir_reader r = weir_reader_over(bytes);
  if (bytes.size < HEADER) return WEIR_MORE;
  return weir_read_u8(&r) == VERSION && (weir_read_u32(&r), weir_read_u32(&r)) >= HEADER ? WEIR_YES : WEIR_NO;
}
