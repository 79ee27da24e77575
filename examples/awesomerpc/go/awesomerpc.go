//go:build ignore

// The protocol of the tutorial, byte by byte, all numbers big endian:
//
//	version i8 | id u32 | size of the whole packet u32 | cmd i16 | code i16 | body
//
// A caller's code is 0; a reply's is 0 when all is well. Command 0 is a sign of life.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"weir/codec"
)

const header, version, heartbeat = 13, 1, 0

// What the protocol says to a caller about the errors of the proxy; 500 else.
var codes = map[codec.Fault]int16{codec.RouteNotFound: 404, codec.OverLimit: 429, codec.Denied: 403,
	codec.BadRequest: 400, codec.RequestTimeout: 504}

func init() {
	codec.Define(codec.Codec{
		IDBits: 32, IDAt: 1, IDSize: 4, Writes: []string{"cmd", "code", "version"},
		Decode: decode, Encode: encode, EncodeError: encodeError, EncodeReply: encodeReply, Sniff: sniff,
		EncodeHeartbeat:      func(id uint64, w *codec.Writer) { write(w, version, id, heartbeat, 0, nil) },
		EncodeHeartbeatReply: func(m codec.Outgoing, w *codec.Writer) { write(w, version, m.ID(), heartbeat, 0, nil) },
	})
}

func main() {}

func decode(r *codec.Reader) *codec.Frame {
	version := r.I8()
	if version < 1 {
		return codec.Malformed(codec.BadVersion, fmt.Sprintf("there is no version %d", version))
	}
	id, size, cmd, code := r.U32(), int(r.U32()), r.I16(), r.I16()
	if size < header {
		return codec.Malformed(codec.BadFrameSize, fmt.Sprintf("a packet of %d bytes", size))
	}
	r.Body(size - header)
	frame := message(r.Request, cmd, int(code)).ID(uint64(id)).OperationNumber(int64(cmd))
	return frame.PropertyNumber("version", int64(version)).PropertyNumber("cmd", int64(cmd)).PropertyNumber("code", int64(code))
}

func message(request bool, cmd int16, code int) *codec.Frame {
	switch {
	case cmd == heartbeat && request:
		return codec.Message(codec.Heartbeat)
	case cmd == heartbeat:
		return codec.Message(codec.HeartbeatReply).Status(code)
	case request:
		return codec.Message(codec.Request)
	case code == 0:
		return codec.Message(codec.Response).Status(0)
	}
	return codec.Message(codec.Errored).Status(code)
}

func encode(message codec.Outgoing, w *codec.Writer) error {
	version, err1 := message.Number("version", 1, math.MaxInt8)
	cmd, err2 := message.Number("cmd", math.MinInt16, math.MaxInt16)
	code, err3 := message.Number("code", math.MinInt16, math.MaxInt16)
	write(w, int8(version), message.ID(), int16(cmd), int16(code), message.Body())
	return errors.Join(err1, err2, err3)
}

func encodeError(request codec.Outgoing, err codec.LocalError, w *codec.Writer) {
	write(w, version, request.ID(), cmdOf(request), cmp.Or(codes[err.Kind], 500), err.Text)
}

// The properties are the reply's, so that the command is looked up in the request's bytes.
func encodeReply(request codec.Outgoing, w *codec.Writer) error {
	if all := request.Properties(); len(all) > 0 {
		return fmt.Errorf("%q cannot be said in a reply of our own", all[0].Key)
	}
	write(w, version, request.ID(), cmdOf(request), 0, request.Body())
	return nil
}

func cmdOf(m codec.Outgoing) int16 { return codec.NewReader(m.Bytes()[9:]).I16() }

func sniff(bytes []byte) codec.Sniffed {
	switch {
	case len(bytes) < header:
		return codec.More
	case bytes[0] == version && codec.NewReader(bytes[5:]).U32() >= header:
		return codec.Yes
	}
	return codec.No
}

func write(w *codec.Writer, version int8, id uint64, cmd, code int16, body []byte) {
	w.I8(version).U32(uint32(id)).U32(uint32(header + len(body))).I16(cmd).I16(code).Bytes(body)
}
