//go:build wasip1

package weir

import (
	"encoding/binary"
	"unsafe"
)

// The list of operations, written into memory that is used again for every call.
var (
	answer = make([]byte, 4, 4096)
	began  int
)

func beginAnswer() { answer = answer[:4] }

func endAnswer() unsafe.Pointer {
	if len(answer) == 4 {
		return nil
	}
	binary.LittleEndian.PutUint32(answer, uint32(len(answer)))
	return unsafe.Pointer(unsafe.SliceData(answer))
}

func beginOp(code, arg byte, handle uint32) {
	began = len(answer)
	answer = append(answer, code, arg, 0, 0, 0, 0, 0, 0)
	number(handle)
}

func endOp() {
	binary.LittleEndian.PutUint32(answer[began+4:], uint32(len(answer)-began))
	for len(answer)%4 != 0 {
		answer = append(answer, 0)
	}
}

func number(value uint32) { answer = binary.LittleEndian.AppendUint32(answer, value) }

func say(code, arg byte, handle uint32, text string) {
	beginOp(code, arg, handle)
	answer = append(answer, text...)
	endOp()
}


// Mutation records changes of the message, done when the handler has returned.
type Mutation struct{ handle uint32 }

// Set replaces every value of a key.
func (mutation Mutation) Set(key string, value []byte) { mutation.edit(1, key, value) }

// SetString replaces every value of a key.
func (mutation Mutation) SetString(key, value string) { mutation.edit(1, key, bytesOf(value)) }

// Add appends a value.
func (mutation Mutation) Add(key string, value []byte) { mutation.edit(2, key, value) }

// Remove removes every value.
func (mutation Mutation) Remove(key string) { say(3, 0, mutation.handle, key) }

// Body replaces the body.
func (mutation Mutation) Body(bytes []byte) {
	beginOp(4, 0, mutation.handle)
	answer = append(answer, bytes...)
	endOp()
}

func (mutation Mutation) edit(code byte, key string, value []byte) {
	beginOp(code, 0, mutation.handle)
	number(uint32(len(key)))
	answer = append(answer, key...)
	answer = append(answer, value...)
	endOp()
}

func bytesOf(text string) []byte { return unsafe.Slice(unsafe.StringData(text), len(text)) }

// Level is how much a line of log matters.
type Level byte

const (
	Debug Level = iota
	Info
	Warn
	Error
)

// Log says a line.
func Log(level Level, text string) { say(32, byte(level), 0, text) }

// Counter adds to one of the plugin's counters; names are like calls_refused.
func Counter(name string, by uint32) {
	beginOp(33, 0, 0)
	number(by)
	answer = append(answer, name...)
	endOp()
}
