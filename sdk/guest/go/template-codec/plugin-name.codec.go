// plugin-name: messages with a name, headers and a body. Write your own protocol in its place.
//
//	ca 11 | type u8 | status u8 | id u32 | length u32 | op: size u8, text
//	      | headers: count u8, each: size u8, key, size u16, value | body
//
// All numbers big endian; length counts what follows it.
package main

import (
	"encoding/binary"
	"errors"
	"fmt"

	"weir/codec"
)

const header = 12

const (
	request = iota + 1
	response
	oneway
	heartbeat
	heartbeatReply
)

var magic = []byte{0xca, 0x11}

func init() {
	codec.Define(codec.Codec{
		IDBits: 32, IDAt: 4, IDSize: 4, Magic: magic, WritesAll: true,
		Decode: decode, Encode: encode, EncodeError: encodeError,
		EncodeHeartbeat:      func(id uint64, w *codec.Writer) { write(w, heartbeat, 0, id, nil, nil, nil) },
		EncodeHeartbeatReply: func(m codec.Outgoing, w *codec.Writer) { write(w, heartbeatReply, 0, m.ID(), nil, nil, nil) },
	})
}

func main() {}

func decode(r *codec.Reader) *codec.Frame {
	r.Magic(magic)
	kind, status, id := r.U8(), r.U8(), r.U32()
	end := header + int(r.U32())
	r.Until(end)
	if kind < request || kind > heartbeatReply {
		return codec.Malformed(codec.BadHeader, fmt.Sprintf("there is no type %d", kind))
	}
	op := r.Bytes(int(r.U8()))
	frame := codec.Message(kindOf(kind, status)).ID(uint64(id)).Property("op", op)
	for left := r.U8(); left > 0; left-- {
		key := r.Bytes(int(r.U8()))
		frame.PropertyOf(key, r.Bytes(int(r.U16())))
	}
	r.Body(end - r.At())
	if kind == response {
		return frame.Status(int(status))
	}
	return frame.Operation(op)
}

func kindOf(number, status uint8) codec.Kind {
	switch {
	case number == request:
		return codec.Request
	case number == response && status == 0:
		return codec.Response
	case number == response:
		return codec.Errored
	case number == oneway:
		return codec.Oneway
	case number == heartbeat:
		return codec.Heartbeat
	}
	return codec.HeartbeatReply
}

func numberOf(kind codec.Kind) uint8 {
	switch kind {
	case codec.Request:
		return request
	case codec.Oneway:
		return oneway
	case codec.Heartbeat:
		return heartbeat
	case codec.HeartbeatReply:
		return heartbeatReply
	}
	return response
}

// What is written in place of a message that filters have changed.
func encode(message codec.Outgoing, w *codec.Writer) error {
	var op []byte
	var headers []codec.Property
	for _, each := range message.Properties() {
		if len(each.Key) > 255 || len(each.Value) > 65_535 {
			return fmt.Errorf("%q is too long", each.Key)
		}
		if string(each.Key) != "op" {
			headers = append(headers, each)
			continue
		}
		if op != nil || len(each.Value) > 255 {
			return errors.New(`"op" has to stand once, with at most 255 bytes`)
		}
		op = each.Value
	}
	if op == nil {
		return errors.New(`"op" cannot be taken away`)
	}
	if len(headers) > 255 {
		return fmt.Errorf("%q is one header too many", headers[255].Key)
	}
	status := uint8(max(message.Status(), 0))
	write(w, numberOf(message.Kind()), status, message.ID(), op, headers, message.Body())
	return nil
}

// What the protocol says to a caller about the errors of the proxy; 1 else.
var statuses = map[codec.Fault]uint8{codec.OverLimit: 2, codec.Overloaded: 2, codec.Denied: 3, codec.BadRequest: 4,
	codec.RequestTimeout: 5}

func encodeError(request codec.Outgoing, err codec.LocalError, w *codec.Writer) {
	write(w, response, max(statuses[err.Kind], 1), request.ID(), nil, nil, err.Text)
}

func write(w *codec.Writer, kind, status uint8, id uint64, op []byte, headers []codec.Property, body []byte) {
	w.Bytes(magic).U8(kind).U8(status).U32(uint32(id)).U32(0).U8(uint8(len(op))).Bytes(op).U8(uint8(len(headers)))
	for _, each := range headers {
		w.U8(uint8(len(each.Key))).Bytes(each.Key).U16(uint16(len(each.Value))).Bytes(each.Value)
	}
	w.Bytes(body)
	binary.BigEndian.PutUint32(w.Written()[header-4:], uint32(w.At()-header))
}
