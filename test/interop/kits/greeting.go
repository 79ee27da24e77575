//go:build ignore

// A greeting of each side, then lines; a caller that has said listen is told what nobody asked for.
package main

import "weir/codec"

func init() {
	codec.Define(codec.Codec{
		Correlation: codec.InOrder, Affinity: true, Pushes: true, Decode: decode,
		EncodePreface: func(request bool, w *codec.Writer) {
			if request {
				w.Text("READY 1\n")
			} else {
				w.Text("HELLO 1\n")
			}
		},
		EncodeDrainReply: func(_ codec.Outgoing, w *codec.Writer) { w.Text("farewell\n") },
		EncodeError:      func(_ codec.Outgoing, _ codec.LocalError, w *codec.Writer) { w.Text("ERR\n") },
	})
}

func main() {}

func decode(r *codec.Reader) *codec.Frame {
	theirs, kind := "READY ", codec.Response
	if r.Request {
		theirs, kind = "HELLO ", codec.Request
	}
	if r.State == nil {
		r.SetState([]byte("greeted"))
		r.Magic([]byte(theirs))
		r.Line(8)
		return codec.Passed()
	}
	line := r.Line(100)
	switch string(line) {
	case "bye":
		return codec.Message(codec.Drain)
	case "listen":
		return codec.Message(kind).Operation(line).Affinity(codec.Own).WaitMs(codec.ForEver)
	case "leave":
		return codec.Message(kind).Operation(line).Affinity(codec.Release)
	}
	return codec.Message(kind).Operation(line)
}
