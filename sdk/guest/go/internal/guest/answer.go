// Package guest is what filters and codecs have in common: the block that the host writes, and the list of operations
// that is the answer.
package guest

import (
	"encoding/binary"
	"slices"
	"unsafe"
)

var (
	// Answer is the list of operations, written into memory that is used again for every call.
	Answer = make([]byte, 4, 4096)
	began  int
)

// Begin begins the answer of a call.
func Begin() { Answer = Answer[:4] }

// End is the list, whole; nil when nothing was said.
func End() unsafe.Pointer {
	if len(Answer) == 4 {
		return nil
	}
	binary.LittleEndian.PutUint32(Answer, uint32(len(Answer)))
	return unsafe.Pointer(unsafe.SliceData(Answer))
}

// Size is how much was said so far; Cut forgets what is behind a size.
func Size() int    { return len(Answer) }
func Cut(size int) { Answer = Answer[:size] }

// BeginOp begins an operation, whose parts are appended.
func BeginOp(code, arg byte, handle uint32) {
	began = len(Answer)
	Answer = append(Answer, code, arg, 0, 0, 0, 0, 0, 0)
	Number(handle)
}

func EndOp() {
	binary.LittleEndian.PutUint32(Answer[began+4:], uint32(len(Answer)-began))
	for len(Answer)%4 != 0 {
		Answer = append(Answer, 0)
	}
}

func Number(value uint32) { Answer = binary.LittleEndian.AppendUint32(Answer, value) }
func Bytes(value []byte)  { Answer = append(Answer, value...) }
func Text(value string)   { Answer = append(Answer, value...) }

// Room is so many zeros more, to be written over.
func Room(size int) []byte {
	at := len(Answer)
	if at+size > cap(Answer) {
		Answer = slices.Grow(Answer, size)
	}
	Answer = Answer[:at+size]
	room := Answer[at:]
	clear(room)
	return room
}

// Say is an operation that is nothing but a text.
func Say(code, arg byte, handle uint32, text string) {
	BeginOp(code, arg, handle)
	Text(text)
	EndOp()
}

// Level is how much a line of log matters.
type Level byte

const (
	Debug Level = iota
	Info
	Warn
	Error
)

func Log(level Level, text string) { Say(32, byte(level), 0, text) }

func Counter(name string, by uint32) {
	BeginOp(33, 0, 0)
	Number(by)
	Text(name)
	EndOp()
}

// Refuse says that the configuration is wrong.
func Refuse(why string) { Say(52, 0, 0, why) }
