/**
 * Protocols: declarations that use every way of saying how large something is, each with frames that were written by
 * hand, for the conformance kit.
 */

export interface Protocol {
  readonly name: string
  readonly schema: string
  readonly vectors: string
}

export const protocols: readonly Protocol[] = [
  {
    name: 'frames behind a variable length, with variable numbers',
    schema: `
byte-order: little
fields:
  - { name: size, type: varint, is: length, counts: rest }
  - { name: id, type: varint, is: id, property: false }
  - { name: kind, type: u8, property: false }
  - { name: code, type: varint, is: status, property: false }
  - { name: topic, type: text, size: varint }
  - { name: body, type: body }
kinds: { request: { kind: 0 }, response: { kind: 1 }, heartbeat: { kind: 2 } }
operation: "{topic}"
errors: { text: body }
`,
    vectors: `
protocol: p
vectors:
  - name: a request
    hex: 07 01 00 00 02 6162 78
    message: { kind: request, id: 1, operation: ab, body-text: x }
  - name: a large id
    hex: 10 ffffffffffffffffff01 00 00 02 6162 78
    message: { kind: request, id: "18446744073709551615", operation: ab, body-text: x }
  - name: a reply
    hex: 07 ac02 01 00 01 61 78
    message: { kind: response, id: 300, status: 0, body-text: x }
  - name: a failure
    hex: 06 05 01 8101 00 78
    message: { kind: error, id: 5, status: 129, body-text: x }
  - name: one message that asks for a sign of life and gives it
    hex: 04 05 02 00 00
    message: { kind: heartbeat, id: 5 }
    answer: 04 05 02 00 00
  - name: a topic that is longer than the frame
    hex: 05 01 00 00 09 61
    malformed: header
  - name: a length of more than 64 bits
    hex: ffffffffffffffffffff 01
    malformed: header
`,
  },
  {
    name: 'little-endian, a count of pairs, a sum at the end, an id of 64 bits',
    schema: `
byte-order: little
fields:
  - { name: mark, type: u8, is: magic, value: 0x7e }
  - { name: type, type: u8, names: { 1: get, 2: put }, writable: true }
  - { name: size, type: u16, is: length, counts: frame }
  - { name: id, type: u64, is: id, property: false }
  - { name: headers, type: pairs, count: u8, key-size: u8, value-size: u8, prefix: "header." }
  - { name: body, type: body }
  - { name: sum, type: u16, is: checksum, algorithm: sum, over: [type, size, id, headers, body] }
kinds: { request: { type: [1, 2] }, response: { type: 3 }, error: { type: 4 } }
operation: "{type}"
errors: { kind: header.error, text: body }
`,
    vectors: `
protocol: p
vectors:
  - name: a request
    hex: 7e 01 1500 0200000000000000 01 01 61 01 62 7878 ce01
    message: { kind: request, id: 2, operation: get, properties: { type: get, header.a: b }, keys: [type, header.a], body-text: xx }
    mutations:
      - { set: { type: put }, hex: 7e 02 1500 0200000000000000 01 01 61 01 62 7878 cf01 }
      - { set: { type: "256" }, refused: true }
      - { set: { a: "1" }, refused: true }
  - name: nothing in it
    hex: 7e 02 0f00 ffffffffffffff7f 00 8907
    message: { kind: request, id: "9223372036854775807", operation: put, body: "" }
  - name: a reply
    hex: 7e 03 0f00 0200000000000000 00 1400
    message: { kind: response, id: 2, body: "" }
  - name: a failure
    hex: 7e 04 0f00 0200000000000000 00 1500
    message: { kind: error, id: 2 }
  - name: a wrong sum
    hex: 7e 04 0f00 0200000000000000 00 1600
    malformed: checksum
  - name: more pairs than there are
    hex: 7e 04 0f00 0200000000000000 01 1600
    malformed: header
`,
  },
  {
    name: 'JSON behind a length',
    schema: `
fields:
  - { name: size, type: u32, is: length, counts: json, plus: 1 }
  - { name: kind, type: u8, property: false }
  - { name: json, type: json }
kinds: { request: { kind: 0 }, response: { kind: 1 } }
operation: "{method}"
correlation: fifo
errors: { kind: error, text: message }
`,
    vectors: `
protocol: p
properties-in-body: true
vectors:
  - name: a request
    hex: 0000001f 00 7b226d6574686f64223a22616464222c2261223a312c2262223a5b325d7d
    message: { kind: request, operation: add, properties: { method: add, a: "1", b: "[2]" }, keys: [method, a, b] }
    mutations:
      - { set: { a: "2" }, hex: 0000001f 00 7b226d6574686f64223a22616464222c2261223a322c2262223a5b325d7d }
      - { remove: [a], hex: 00000019 00 7b226d6574686f64223a22616464222c2262223a5b325d7d }
      - { body: 7b7d, hex: 00000003 00 7b7d }
  - name: a reply
    hex: 00000003 01 7b7d
    message: { kind: response, keys: [] }
`,
  },
  {
    name: 'ids that are texts of a fixed size, and one frame size for all',
    schema: `
fields:
  - { name: magic, type: bytes(2), is: magic, value: cafe }
  - { name: id, type: text(8), is: id, property: false }
  - { name: flags, type: u16, bits: [{ name: reply, at: 15, property: false }, { name: code, at: 0-7, is: status, property: false }, { name: level, at: 8-11 }] }
  - { name: user, type: text(6) }
  - { name: token, type: bytes(2) }
kinds: { request: { reply: 0 }, response: { reply: 1 } }
operation: "{user}"
`,
    vectors: `
protocol: p
resembles: []
vectors:
  - name: a request
    hex: cafe 3132000000000000 0300 626f62000000 0102
    message: { kind: request, id: "12", operation: bob, properties: { level: "3", user: bob, token: "0102" }, keys: [level, user, token] }
    mutations:
      - { set: { user: alice, level: "15", token: ffff }, hex: cafe 3132000000000000 0f00 616c69636500 ffff }
      - { set: { user: somebody }, refused: true }
      - { set: { token: "01" }, refused: true }
      - { set: { level: "16" }, refused: true }
  - name: a reply
    hex: cafe 6162636465666768 8000 000000000000 0000
    message: { kind: response, id: abcdefgh, status: 0 }
  - name: a failure
    hex: cafe 6162636465666768 8005 000000000000 0000
    message: { kind: error, id: abcdefgh, status: 5 }
  - name: another magic
    hex: cafd 3132000000000000 0300 626f62000000 0102
    malformed: magic
`,
  },
  {
    name: 'an id of 16 bytes, lengths of each part, a body of no length of its own',
    schema: `
fields:
  - { name: total, type: u24, is: length, counts: frame }
  - { name: kind, type: u8, property: false }
  - { name: id, type: bytes(16), is: id, property: false }
  - { name: path-size, type: u8, is: length, counts: path }
  - { name: note-size, type: u16, is: length, counts: [note], plus: 2 }
  - { name: path, type: text }
  - { name: note, type: bytes }
  - { name: body, type: body }
kinds: { request: { kind: 0 }, response: { kind: 1 }, oneway: { kind: 2 } }
operation: "{path}"
errors: { text: path, copy: [note] }
`,
    vectors: `
protocol: p
vectors:
  - name: a request
    hex: 00001d 00 000102030405060708090a0b0c0d0e0f 02 0003 2f61 ff 687921
    message: { kind: request, id: 000102030405060708090a0b0c0d0e0f, operation: /a, properties: { path: /a, note: ff }, body-text: "hy!" }
    mutations:
      - { set: { note: "", path: /bcd }, hex: 00001e 00 000102030405060708090a0b0c0d0e0f 04 0002 2f626364 687921 }
  - name: a reply
    hex: 000018 01 000102030405060708090a0b0c0d0e0f 00 0003 ff
    message: { kind: response, id: 000102030405060708090a0b0c0d0e0f, properties: { note: ff }, body: "" }
  - name: parts that are larger than the frame
    hex: 000018 01 000102030405060708090a0b0c0d0e0f 02 0003 ff
    malformed: header
`,
  },
  {
    name: 'lines of words with ids',
    schema: `
line: { end: "\\n", size-max: 200B }
fields:
  - { name: proto, type: word, is: magic, value: LP/1 }
  - { name: verb, type: word }
  - { name: id, type: word, is: id, property: false }
  - { name: code, type: word, is: status, ok: [200], property: false }
  - { name: text, type: text }
kinds:
  heartbeat: { verb: PING }
  heartbeat-reply: { verb: PONG }
  oneway: { verb: TELL }
  response: { verb: DONE }
  request: {}
operation: "{verb}"
errors: { otherwise: 500, text: body }
`,
    vectors: `
protocol: p
properties-in-body: true
vectors:
  - name: a request
    text: "LP/1 GET 7 - a b c\\n"
    message: { kind: request, id: "7", operation: GET, properties: { verb: GET, text: a b c }, keys: [verb, text], body-text: a b c }
    mutations:
      - { set: { text: d e }, hex: 4c502f31204745542037202d206420650a }
      - { set: { verb: PUT }, refused: true }
  - name: a reply
    text: "LP/1 DONE 7 200 fine\\n"
    message: { kind: response, id: "7", status: 200, body-text: fine }
  - name: a failure
    text: "LP/1 DONE 7 404 nothing there\\n"
    message: { kind: error, id: "7", status: 404, body-text: nothing there }
  - name: a sign of life
    text: "LP/1 PING 8\\n"
    message: { kind: heartbeat, id: "8" }
    answer: 4c502f3120504f4e4720380a
  - name: the answer to one
    text: "LP/1 PONG 8\\n"
    message: { kind: heartbeat-reply, id: "8" }
  - name: another beginning
    text: "LP/2 GET 7 - a\\n"
    malformed: magic
`,
  },
]
