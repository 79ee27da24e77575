// Package codec is what a codec in Go is written with: it is defined in init, and main is empty. The bytes between host
// and guest are in sdk/ABI.md.
package codec

import (
	"unsafe"

	"weir/internal/guest"
)

// Correlation is how replies find their requests.
type Correlation byte

const (
	// ByID is for replies that carry the id of their request: many exchanges share a connection.
	ByID Correlation = iota + 1
	// InOrder is for replies in the order of the requests.
	InOrder
	// Exclusive is for one exchange at a time on a connection.
	Exclusive
)

// Sniffed is whether the first bytes of a connection are of this protocol.
type Sniffed byte

const (
	Yes Sniffed = iota + 1
	No
	More
)

// Codec is what there is to say about a protocol, and its handlers. Either Decode or DecodeChunk has to be there, and
// EncodeError; whatever else is left out the codec does not do.
type Codec struct {
	// ByID when it is left out.
	Correlation Correlation
	// IDBits is how many bits the id has; of a text, how large a number it may hold. 0 without ids.
	IDBits int
	IDText bool
	// IDAt is where the id stands in every frame, and IDSize how many bytes it takes there; 0: it stands in no fixed place.
	IDAt, IDSize int
	// LittleEndian is the id's order.
	LittleEndian bool
	// Writes are the keys that Encode can change; WritesAll: any.
	Writes    []string
	WritesAll bool
	// Magic is what every connection begins with.
	Magic        []byte
	FrameSizeMax int
	SniffBytes   int
	// Affinity lets messages say that they need a connection of their client's own. With Pushes, what an upstream sends
	// there while nobody waits goes to that client.
	Affinity, Pushes bool

	OnConfigure func(config Config) error
	// Decode reads one frame, straight on. Where bytes are missing it is stopped, and begun anew when there are more.
	Decode func(r *Reader) *Frame
	// DecodeChunk is given everything that is there instead.
	DecodeChunk func(bytes []byte, sink *Sink)
	// Encode writes a message as edits and a new body have made it; an error says why it cannot be written.
	Encode      func(message Outgoing, w *Writer) error
	EncodeError func(request Outgoing, err LocalError, w *Writer)
	// EncodeReply writes a reply whose properties and body are those of its argument, the bytes being the request's.
	EncodeReply          func(request Outgoing, w *Writer) error
	EncodeHeartbeat      func(id uint64, w *Writer)
	EncodeHeartbeatReply func(heartbeat Outgoing, w *Writer)
	EncodeDrain          func(w *Writer)
	EncodeDrainReply     func(drain Outgoing, w *Writer)
	// EncodePreface writes what a connection begins with: that of a caller, or one to an upstream.
	EncodePreface func(request bool, w *Writer)
	Sniff         func(bytes []byte) Sniffed
}

// Config is the configuration, as encoding/json reads it.
type Config = guest.Config

// Log says a line; Counter adds to one of the plugin's counters, whose names are like frames_refused.
func Log(level guest.Level, text string) { guest.Log(level, text) }
func Counter(name string, by uint32)     { guest.Counter(name, by) }

const (
	Debug = guest.Debug
	Info  = guest.Info
	Warn  = guest.Warn
	Error = guest.Error
)

var defined Codec

// Define says what the codec is; once, in init.
func Define(codec Codec) { defined = codec }

//go:wasmexport weir_abi_1
func abi1() {}

//go:wasmexport weir_codec_1
func codec1() {}

//go:wasmexport weir_input
func makeInput(size uint32) unsafe.Pointer { return guest.MakeInput(size) }

//go:wasmexport weir_call
func call(phase, size uint32) unsafe.Pointer {
	block := Outgoing{guest.Block(size)}
	guest.Begin()
	known = false
	switch phase {
	case 1:
		configure(block.block)
	case 17:
		decode(block)
	case 24:
		guest.Say(72, byte(sniff(block.Bytes())), 0, "")
	default:
		encode(phase, block)
	}
	return guest.End()
}

func configure(block []byte) {
	if defined.OnConfigure != nil {
		if err := defined.OnConfigure(guest.ConfigOf(block)); err != nil {
			guest.Refuse(err.Error())
		}
	}
	declare()
}

func sniff(bytes []byte) Sniffed {
	if defined.Sniff == nil {
		return No
	}
	return defined.Sniff(bytes)
}

// What was written is forgotten when an error says why it cannot be.
func encode(phase uint32, message Outgoing) {
	guest.BeginOp(69, 0, 0)
	w := Writer{guest.Size()}
	if err := write(phase, message, &w); err != nil {
		guest.Begin()
		guest.Say(71, 0, 0, err.Error())
		return
	}
	if phase == 25 && w.At() == 0 {
		guest.Begin()
		return
	}
	guest.EndOp()
}

// Phases whose handlers are not there are not asked for.
func write(phase uint32, message Outgoing, w *Writer) error {
	switch phase {
	case 18:
		return defined.Encode(message, w)
	case 19:
		defined.EncodeError(message, LocalError{Fault(message.block[26]), message.refer(112)}, w)
	case 20:
		return defined.EncodeReply(message, w)
	case 21:
		defined.EncodeHeartbeat(message.ID(), w)
	case 22:
		defined.EncodeHeartbeatReply(message, w)
	case 23:
		defined.EncodeDrain(w)
	case 25:
		defined.EncodePreface(message.Request(), w)
	case 26:
		defined.EncodeDrainReply(message, w)
	}
	return nil
}
