package codec

import (
	"encoding/binary"
	"strconv"

	"weir/internal/guest"
)

// Kind is what a message is.
type Kind byte

const (
	Request Kind = iota + 1
	Oneway
	Response
	Errored
	Heartbeat
	HeartbeatReply
	Drain
	StreamInit
	StreamData
	StreamClose
)

// Affinity is whether a request needs an upstream connection of its client's own.
type Affinity byte

const (
	Shared Affinity = iota
	Own
	// Release gives the connection back.
	Release
)

// ForEver is for WaitMs: the reply may be put off for as long as it takes.
const ForEver uint32 = 0xffff_ffff

const (
	opFrame     = 64
	opRefused   = 66
	opMalformed = 67
	opPass      = 73
	opAffinity  = 74
	fixedBytes  = 64
	rowBytes    = 16
	own         = 0x8000_0000
)

type ref struct{ at, size uint32 }

// Frame is what Decode makes of a frame. There is one, which is used again and again.
type Frame struct {
	code, arg        byte
	id               uint64
	idText, name     ref
	idAt             uint32
	status           int32
	stream           uint32
	headerSize, size int
	affinity         Affinity
	waitMs           uint32
	why              string
	owned            []byte
	rows             []ref
}

var (
	frame  Frame
	reader Reader
)

// Message is a frame that was understood.
func Message(kind Kind) *Frame {
	frame = Frame{code: opFrame, arg: byte(kind), idAt: nowhere, status: -1, headerSize: -1, size: -1,
		owned: frame.owned[:0], rows: frame.rows[:0]}
	return &frame
}

// Refused is one that is understood and not taken: its sender is told why, and what is behind it comes as usual.
func Refused(kind Kind, why string) *Frame {
	f := Message(kind)
	f.code, f.why = opRefused, why
	return f
}

// Malformed says that the connection cannot be understood any further.
func Malformed(code Code, why string) *Frame {
	f := Message(0)
	f.code, f.arg, f.why = opMalformed, byte(code), why
	return f
}

// Passed says that what was read is no message, a greeting for example. Goes with EncodePreface.
func Passed() *Frame {
	f := Message(0)
	f.code = opPass
	return f
}

func (f *Frame) ID(id uint64) *Frame { f.id = id; return f }

// IDText is the id where it is a text.
func (f *Frame) IDText(id []byte) *Frame { f.idText = f.refer(id); return f }

// IDAt is where in the frame the id stands, where that differs from frame to frame.
func (f *Frame) IDAt(at int) *Frame               { f.idAt = uint32(at); return f }
func (f *Frame) Status(status int) *Frame         { f.status = int32(status); return f }
func (f *Frame) StreamID(id uint32) *Frame        { f.stream = id; return f }
func (f *Frame) Operation(name []byte) *Frame     { f.name = f.refer(name); return f }
func (f *Frame) OperationText(name string) *Frame { f.name = f.text(name); return f }

// HeaderSize, left out, is what was read before the body; Size what was read.
func (f *Frame) HeaderSize(size int) *Frame { f.headerSize = size; return f }
func (f *Frame) Size(size int) *Frame       { f.size = size; return f }

// Property appends a property; a value that stands in the frame is not copied.
func (f *Frame) Property(key string, value []byte) *Frame {
	f.rows = append(f.rows, f.text(key), f.refer(value))
	return f
}

// PropertyOf appends one whose key stands in the frame too.
func (f *Frame) PropertyOf(key, value []byte) *Frame {
	f.rows = append(f.rows, f.refer(key), f.refer(value))
	return f
}

func (f *Frame) PropertyText(key, value string) *Frame {
	f.rows = append(f.rows, f.text(key), f.text(value))
	return f
}

func (f *Frame) PropertyNumber(key string, value int64) *Frame {
	f.rows = append(f.rows, f.text(key), f.digits(value))
	return f
}

// OperationNumber is the operation where it is a number.
func (f *Frame) OperationNumber(name int64) *Frame { f.name = f.digits(name); return f }

// Affinity says that the request needs a connection of its client's own, or gives it back.
func (f *Frame) Affinity(affinity Affinity) *Frame { f.affinity = affinity; return f }

// WaitMs is how long the request itself asks for its reply to be put off at most.
func (f *Frame) WaitMs(ms uint32) *Frame { f.waitMs = ms; return f }

func (f *Frame) text(value string) ref {
	at := uint32(len(f.owned))
	f.owned = append(f.owned, value...)
	return ref{at | own, uint32(len(value))}
}

func (f *Frame) digits(value int64) ref {
	at := uint32(len(f.owned))
	f.owned = strconv.AppendInt(f.owned, value, 10)
	return ref{at | own, uint32(len(f.owned)) - at}
}

func (f *Frame) refer(value []byte) ref {
	if place := reader.placeOf(value); place >= 0 {
		return ref{uint32(place), uint32(len(value))}
	}
	at := uint32(len(f.owned))
	f.owned = append(f.owned, value...)
	return ref{at | own, uint32(len(value))}
}

// write says the operation, and answers how long the frame is; 0 when there is none after it.
func (f *Frame) write(r *Reader) int {
	size, header := f.size, f.headerSize
	if size < 0 {
		size = r.at
	}
	if header < 0 && r.bodyAt >= 0 {
		header = r.bodyAt
	} else if header < 0 {
		header = r.at
	}
	switch f.code {
	case opMalformed:
		guest.Say(opMalformed, f.arg, 0, f.why)
		return 0
	case opPass:
		number(opPass, 0, uint32(size))
		return size
	}
	// What no frame can be is said as the largest number, which the host refuses.
	size = min(size, nowhere)
	r.bodySize = min(r.bodySize, size-r.bodyAt)
	f.say(r, uint32(size), uint32(header))
	if f.affinity != Shared || f.waitMs != 0 {
		number(opAffinity, byte(f.affinity), f.waitMs)
	}
	return size
}

// say writes the operation in one go: a call for each number would cost more than all else.
func (f *Frame) say(r *Reader, size, header uint32) {
	why := ref{}
	if f.code == opRefused {
		why = f.text(f.why)
	}
	shift := uint32(fixedBytes + len(f.rows)/2*rowBytes)
	guest.BeginOp(f.code, f.arg, 0)
	to := guest.Room(int(shift))
	_ = to[fixedBytes-1]
	binary.LittleEndian.PutUint32(to[0:], size)
	binary.LittleEndian.PutUint32(to[4:], header)
	binary.LittleEndian.PutUint32(to[8:], uint32(f.status))
	binary.LittleEndian.PutUint64(to[12:], f.id)
	binary.LittleEndian.PutUint32(to[20:], f.stream)
	f.idText.put(to[24:], shift)
	f.name.put(to[32:], shift)
	if r.bodyAt >= 0 {
		binary.LittleEndian.PutUint32(to[40:], uint32(r.bodyAt))
		binary.LittleEndian.PutUint32(to[44:], uint32(r.bodySize))
	}
	binary.LittleEndian.PutUint32(to[48:], f.idAt)
	binary.LittleEndian.PutUint32(to[52:], uint32(len(f.rows)/2))
	why.put(to[56:], shift)
	to = to[fixedBytes:]
	for i, each := range f.rows {
		each.put(to[i*8:], shift)
	}
	guest.Bytes(f.owned)
	guest.EndOp()
}

func (r ref) put(to []byte, shift uint32) {
	if r.at&own != 0 {
		r.at += shift
	}
	binary.LittleEndian.PutUint32(to, r.at)
	binary.LittleEndian.PutUint32(to[4:], r.size)
}

func number(code, arg byte, value uint32) {
	guest.BeginOp(code, arg, 0)
	guest.Number(value)
	guest.EndOp()
}
