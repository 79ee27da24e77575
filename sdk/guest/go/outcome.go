package weir

import (
	"encoding/binary"
	"math"
)

// Result is what an exchange came to.
type Result byte

const (
	Ok Result = iota + 1
	Oneway
	LocalReply
	Errored
	Dropped
	DownstreamGone
)

// Outcome is how an exchange ended.
type Outcome struct{ m Metadata }

func (o Outcome) Result() Result { return Result(o.m.record[o.at(0)]) }

// LateReply says whether the reply came when nobody waited for it any more.
func (o Outcome) LateReply() bool      { return o.flag(1) }
func (o Outcome) DownstreamGone() bool { return o.flag(2) }
func (o Outcome) Dropped() bool        { return o.flag(4) }
func (o Outcome) Retried() bool        { return o.flag(8) }

// Error is 0 when there was none.
func (o Outcome) Error() Fault { return Fault(o.m.record[o.at(1)]) }

// Status is the response's; -1 when there was none.
func (o Outcome) Status() int32 { return int32(o.m.u32(o.at(4))) }
func (o Outcome) DurationMs() float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(o.m.record[o.at(8):]))
}

// UpstreamMs is from forwarding to the reply; -1 when there was none.
func (o Outcome) UpstreamMs() float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(o.m.record[o.at(16):]))
}
func (o Outcome) RequestBytes() uint32  { return o.m.u32(o.at(24)) }
func (o Outcome) ResponseBytes() uint32 { return o.m.u32(o.at(28)) }
func (o Outcome) Attempts() uint32      { return o.m.u32(o.at(32)) }
func (o Outcome) Cluster() []byte       { return o.m.refer(o.at(36)) }
func (o Outcome) Endpoint() []byte      { return o.m.refer(o.at(44)) }

// ErrorText is the sentence the caller was told with the error.
func (o Outcome) ErrorText() []byte      { return o.m.refer(o.at(52)) }
func (o Outcome) at(field uint32) uint32 { return o.m.u32(96) + field }
func (o Outcome) flag(bit byte) bool     { return o.m.record[o.at(2)]&bit != 0 }

// Reason is what a message waited for.
type Reason byte

const (
	Timer Reason = iota + 1
	Answered
	Failed
)

// Resume is why a message that was paused is here again.
type Resume struct{ m Metadata }

func (r Resume) Reason() Reason { return Reason(r.m.record[r.m.u32(96)]) }

// Response says whether it paused as a response.
func (r Resume) Response() bool { return r.m.record[r.m.u32(96)+1] == 3 }

// Pauses is how often this message has paused.
func (r Resume) Pauses() int { return int(binary.LittleEndian.Uint16(r.m.record[r.m.u32(96)+2:])) }

// Text is why the call failed.
func (r Resume) Text() []byte { return r.m.refer(r.m.u32(96) + 8) }

// Answer is the answer to the call, when there is one.
func (r Resume) Answer() (Metadata, bool) {
	if r.Reason() != Answered {
		return Metadata{}, false
	}
	return Metadata{record: r.m.record[r.m.u32(0):], named: true}, true
}
