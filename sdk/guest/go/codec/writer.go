package codec

import (
	"encoding/binary"

	"weir/internal/guest"
)

// Writer writes a frame. Every function answers the writer, so that fields stand in a row.
type Writer struct{ begun int }

func (w *Writer) U8(value uint8) *Writer {
	guest.Answer = append(guest.Answer, value)
	return w
}

func (w *Writer) U24(value uint32) *Writer {
	guest.Answer = append(guest.Answer, byte(value>>16), byte(value>>8), byte(value))
	return w
}

func (w *Writer) U24LE(value uint32) *Writer {
	guest.Answer = append(guest.Answer, byte(value), byte(value>>8), byte(value>>16))
	return w
}

func (w *Writer) U16(value uint16) *Writer {
	guest.Answer = binary.BigEndian.AppendUint16(guest.Answer, value)
	return w
}

func (w *Writer) U16LE(value uint16) *Writer {
	guest.Answer = binary.LittleEndian.AppendUint16(guest.Answer, value)
	return w
}

func (w *Writer) U32(value uint32) *Writer {
	guest.Answer = binary.BigEndian.AppendUint32(guest.Answer, value)
	return w
}

func (w *Writer) U32LE(value uint32) *Writer {
	guest.Answer = binary.LittleEndian.AppendUint32(guest.Answer, value)
	return w
}

func (w *Writer) U64(value uint64) *Writer {
	guest.Answer = binary.BigEndian.AppendUint64(guest.Answer, value)
	return w
}

func (w *Writer) U64LE(value uint64) *Writer {
	guest.Answer = binary.LittleEndian.AppendUint64(guest.Answer, value)
	return w
}

func (w *Writer) I8(value int8) *Writer     { return w.U8(uint8(value)) }
func (w *Writer) I16(value int16) *Writer   { return w.U16(uint16(value)) }
func (w *Writer) I32(value int32) *Writer   { return w.U32(uint32(value)) }
func (w *Writer) I64(value int64) *Writer   { return w.U64(uint64(value)) }
func (w *Writer) I16LE(value int16) *Writer { return w.U16LE(uint16(value)) }
func (w *Writer) I32LE(value int32) *Writer { return w.U32LE(uint32(value)) }
func (w *Writer) I64LE(value int64) *Writer { return w.U64LE(uint64(value)) }

// Varint is groups of 7 bits, lowest first.
func (w *Writer) Varint(value uint64) *Writer {
	guest.Answer = binary.AppendUvarint(guest.Answer, value)
	return w
}

func (w *Writer) Zigzag(value int64) *Writer { return w.Varint(uint64(value<<1) ^ uint64(value>>63)) }

func (w *Writer) Bytes(bytes []byte) *Writer { guest.Bytes(bytes); return w }
func (w *Writer) Text(text string) *Writer   { guest.Text(text); return w }

// At is how many bytes were written so far.
func (w *Writer) At() int { return guest.Size() - w.begun }

// Written is what was written, for sums over it, and for what is known later: binary.BigEndian.PutUint32(w.Written()[4:], …).
func (w *Writer) Written() []byte { return guest.Answer[w.begun:] }
