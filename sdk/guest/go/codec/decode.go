package codec

import (
	"encoding/binary"

	"weir/internal/guest"
)

// framesMax is after how many frames the host is to ask again: what Go takes for each adds up within the fuel of one call.
const framesMax = 32

// decode reads frame after frame, until a byte is missing or nothing is left.
func decode(block Outgoing) {
	all := block.Bytes()
	reader.Request = block.Request()
	reader.Limit = int(block.u32(60))
	reader.State = block.refer(80)
	if defined.DecodeChunk != nil {
		defined.DecodeChunk(all, &Sink{Request: reader.Request, State: reader.State, Limit: reader.Limit})
		return
	}
	said := guest.Size()
	defer func() { stopped(recover(), said) }()
	for frames := 0; len(all) > 0 && frames < framesMax; frames++ {
		said = guest.Size()
		reader.begin(all)
		size := defined.Decode(&reader).write(&reader)
		if size <= 0 {
			return
		}
		if reader.newState != nil {
			setState(reader.newState)
			reader.State = reader.newState
		}
		all = all[min(size, len(all)):]
	}
}

// stopped says why Decode was ended; what it had said of its frame is forgotten.
func stopped(reason any, said int) {
	if reason == nil {
		return
	}
	end, ours := reason.(stop)
	if !ours {
		panic(reason)
	}
	if end.code != 0 {
		guest.Say(opMalformed, byte(end.code), 0, end.why)
		return
	}
	guest.Cut(said)
	number(65, 0, uint32(min(end.need, nowhere)))
}

func setState(state []byte) {
	guest.BeginOp(68, 0, 0)
	guest.Bytes(state)
	guest.EndOp()
}

// Sink is told what DecodeChunk finds. Frames begin where the one before ended, and say their Size and HeaderSize; what
// they refer to is copied.
type Sink struct {
	Request bool
	State   []byte
	Limit   int
}

func (*Sink) Message(frame *Frame) { frame.write(&Reader{bodyAt: -1}) }

// MessageWithBody says which part of the frame, from its first byte on, is its body.
func (*Sink) MessageWithBody(frame *Frame, at, size int) {
	frame.write(&Reader{bodyAt: at, bodySize: size})
}

// Passed says that so many bytes are no message.
func (*Sink) Passed(size int) { number(opPass, 0, uint32(size)) }

// Need says how many bytes from here on have to be there before it is asked again; 0: it cannot tell.
func (*Sink) Need(size int) { number(65, 0, uint32(size)) }

func (*Sink) Malformed(code Code, why string) { guest.Say(opMalformed, byte(code), 0, why) }

// SetState says what is known of this connection and direction from now on.
func (s *Sink) SetState(state []byte) {
	setState(state)
	s.State = append([]byte{}, state...)
}

// u32 is a number of the block.
func (m Outgoing) u32(at uint32) uint32 { return binary.LittleEndian.Uint32(m.block[at:]) }
