//go:build wasip1

// Package guest is what filters and codecs have in common: the block that the host writes, and the list of operations
// that is the answer.
package guest

import (
	"encoding/binary"
	"unsafe"
)

// The list of operations, written into memory that is used again for every call.
var (
	answer = make([]byte, 4, 4096)
	began  int
)

// Begin begins the answer of a call.
func Begin() { answer = answer[:4] }

// End is the list, whole; nil when nothing was said.
func End() unsafe.Pointer {
	if len(answer) == 4 {
		return nil
	}
	binary.LittleEndian.PutUint32(answer, uint32(len(answer)))
	return unsafe.Pointer(unsafe.SliceData(answer))
}

// Size is how much was said so far; Cut forgets what is behind a size.
func Size() int     { return len(answer) }
func Cut(size int)  { answer = answer[:size] }
func Said() *[]byte { return &answer }

// BeginOp begins an operation, whose parts are appended.
func BeginOp(code, arg byte, handle uint32) {
	began = len(answer)
	answer = append(answer, code, arg, 0, 0, 0, 0, 0, 0)
	Number(handle)
}

func EndOp() {
	binary.LittleEndian.PutUint32(answer[began+4:], uint32(len(answer)-began))
	for len(answer)%4 != 0 {
		answer = append(answer, 0)
	}
}

func Number(value uint32) { answer = binary.LittleEndian.AppendUint32(answer, value) }
func Bytes(value []byte)  { answer = append(answer, value...) }
func Text(value string)   { answer = append(answer, value...) }

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
