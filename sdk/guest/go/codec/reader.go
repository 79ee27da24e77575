package codec

import (
	"bytes"
	"encoding/binary"
	"unsafe"
)

// Code is why a connection cannot be understood any further.
type Code byte

const (
	BadMagic Code = iota + 1
	BadVersion
	BadFrameSize
	BadHeader
	BadBody
	BadChecksum
	Unexpected
)

// stop ends a call of Decode: bytes are missing, or these are no frame.
type stop struct {
	need int
	code Code
	why  string
}

const noEnd = 1 << 62

// Reader reads a frame. A read that finds too few bytes ends Decode, which is begun anew when there are more.
type Reader struct {
	// Request says whether a caller sends this, and no upstream.
	Request bool
	// State is what is known of this connection and direction; SetState changes it.
	State []byte
	// Limit is the largest frame that is taken.
	Limit int

	bytes    []byte
	at, end  int
	bodyAt   int
	bodySize int
	newState []byte
}

// NewReader reads bytes from their beginning.
func NewReader(bytes []byte) *Reader { return &Reader{bytes: bytes, end: noEnd, bodyAt: -1} }

func (r *Reader) begin(bytes []byte) {
	r.bytes, r.at, r.end, r.bodyAt, r.bodySize, r.newState = bytes, 0, noEnd, -1, 0, nil
}

// SetState says what is known of this connection and direction from the next frame on.
func (r *Reader) SetState(state []byte) { r.newState = append([]byte{}, state...) }

func (r *Reader) U8() uint8     { return r.Bytes(1)[0] }
func (r *Reader) U16() uint16   { return binary.BigEndian.Uint16(r.Bytes(2)) }
func (r *Reader) U32() uint32   { return binary.BigEndian.Uint32(r.Bytes(4)) }
func (r *Reader) U64() uint64   { return binary.BigEndian.Uint64(r.Bytes(8)) }
func (r *Reader) I8() int8      { return int8(r.U8()) }
func (r *Reader) I16() int16    { return int16(r.U16()) }
func (r *Reader) I32() int32    { return int32(r.U32()) }
func (r *Reader) I64() int64    { return int64(r.U64()) }
func (r *Reader) U16LE() uint16 { return binary.LittleEndian.Uint16(r.Bytes(2)) }
func (r *Reader) U32LE() uint32 { return binary.LittleEndian.Uint32(r.Bytes(4)) }
func (r *Reader) U64LE() uint64 { return binary.LittleEndian.Uint64(r.Bytes(8)) }
func (r *Reader) I16LE() int16  { return int16(r.U16LE()) }
func (r *Reader) I32LE() int32  { return int32(r.U32LE()) }
func (r *Reader) I64LE() int64  { return int64(r.U64LE()) }

func (r *Reader) U24() uint32 {
	b := r.Bytes(3)
	return uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2])
}

func (r *Reader) U24LE() uint32 {
	b := r.Bytes(3)
	return uint32(b[2])<<16 | uint32(b[1])<<8 | uint32(b[0])
}

// Varint is groups of 7 bits, lowest first, at most 64 bits.
func (r *Reader) Varint() (value uint64) {
	for shift := 0; shift < 64; shift += 7 {
		b := r.U8()
		value |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return value
		}
	}
	panic(stop{code: BadHeader, why: "a number of more than 64 bits"})
}

func (r *Reader) Zigzag() int64 {
	value := r.Varint()
	return int64(value>>1) ^ -int64(value&1)
}

func (r *Reader) Bytes(count int) []byte {
	if count < 0 || count > r.end-r.at {
		panic(stop{code: BadHeader, why: "a part reaches beyond its frame"})
	}
	if count > len(r.bytes)-r.at {
		panic(stop{need: r.at + count})
	}
	at := r.at
	r.at += count
	return r.bytes[at:r.at:r.at]
}

func (r *Reader) Skip(count int) { r.Bytes(count) }

// Line is the bytes up to a line feed, without it and without a carriage return before it.
func (r *Reader) Line(most int) []byte {
	rest := r.bytes[min(r.at, len(r.bytes)):]
	size := bytes.IndexByte(rest[:min(most+1, len(rest))], '\n')
	switch {
	case size >= 0:
		return bytes.TrimSuffix(r.Bytes(size + 1)[:size], []byte("\r"))
	case len(rest) > most:
		panic(stop{code: BadHeader, why: "a line that is too long"})
	}
	panic(stop{need: len(r.bytes) + 1})
}

// Until says where the frame ends: what reaches beyond it ends the connection.
func (r *Reader) Until(end int) {
	r.end = end
	r.Skip(0)
}

// Body is there in the frame, and need not have come yet.
func (r *Reader) Body(count int) {
	if count < 0 || count > r.end-r.at {
		panic(stop{code: BadFrameSize, why: "a body reaches beyond its frame"})
	}
	r.bodyAt, r.bodySize = r.at, count
	r.at += count
}

// Magic ends the connection when others stand here, at the first that differs.
func (r *Reader) Magic(wanted []byte) {
	for _, b := range wanted {
		if r.U8() != b {
			panic(stop{code: BadMagic, why: "these are not the bytes of this protocol"})
		}
	}
}

// At is how much was read so far, Left what is there and not read, SoFar the bytes that were read.
func (r *Reader) At() int       { return r.at }
func (r *Reader) Left() int     { return max(len(r.bytes)-r.at, 0) }
func (r *Reader) SoFar() []byte { return r.bytes[:min(r.at, len(r.bytes))] }

// placeOf is where bytes stand in the frame; -1 when they are elsewhere.
func (r *Reader) placeOf(part []byte) int {
	if len(part) == 0 {
		return -1
	}
	place := uintptr(unsafe.Pointer(unsafe.SliceData(part))) - uintptr(unsafe.Pointer(unsafe.SliceData(r.bytes)))
	if place+uintptr(len(part)) > uintptr(len(r.bytes)) {
		return -1
	}
	return int(place)
}
