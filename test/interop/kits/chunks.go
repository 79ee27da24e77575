//go:build ignore

// The codec of greeting.go, which looks at everything that is there instead of reading on.
package main

import (
	"bytes"

	"weir/codec"
)

func init() {
	codec.Define(codec.Codec{
		Correlation: codec.InOrder, Pushes: true, DecodeChunk: decodeChunk,
		EncodePreface: func(request bool, w *codec.Writer) {
			w.Text(map[bool]string{true: "READY 1\n", false: "HELLO 1\n"}[request])
		},
		EncodeDrainReply: func(_ codec.Outgoing, w *codec.Writer) { w.Text("farewell\n") },
		EncodeError:      func(_ codec.Outgoing, _ codec.LocalError, w *codec.Writer) { w.Text("ERR\n") },
	})
}

func main() {}

func decodeChunk(all []byte, sink *codec.Sink) {
	theirs, kind := "READY ", codec.Response
	if sink.Request {
		theirs, kind = "HELLO ", codec.Request
	}
	for {
		size := bytes.IndexByte(all, '\n') + 1
		if size == 0 {
			return
		}
		line := all[:size-1]
		all = all[size:]
		switch {
		case sink.State == nil && !bytes.HasPrefix(line, []byte(theirs)):
			sink.Malformed(codec.BadMagic, "no greeting")
			return
		case sink.State == nil:
			sink.Passed(size)
			sink.SetState([]byte("greeted"))
		case string(line) == "bye":
			sink.Message(codec.Message(codec.Drain).Size(size).HeaderSize(size))
		default:
			sink.Message(bound(codec.Message(kind).Operation(line), string(line)).Size(size).HeaderSize(size))
		}
	}
}

func bound(frame *codec.Frame, line string) *codec.Frame {
	switch line {
	case "listen":
		return frame.Affinity(codec.Own).WaitMs(codec.ForEver)
	case "leave":
		return frame.Affinity(codec.Release)
	}
	return frame
}
