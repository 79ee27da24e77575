package weir

import (
	"unsafe"

	"weir/internal/guest"
)

// Mutation records changes of the message, done when the handler has returned.
type Mutation struct{ handle uint32 }

// Set replaces every value of a key.
func (mutation Mutation) Set(key string, value []byte) { mutation.edit(1, key, value) }

// SetString replaces every value of a key.
func (mutation Mutation) SetString(key, value string) { mutation.edit(1, key, bytesOf(value)) }

// Add appends a value.
func (mutation Mutation) Add(key string, value []byte) { mutation.edit(2, key, value) }

// Remove removes every value.
func (mutation Mutation) Remove(key string) { guest.Say(3, 0, mutation.handle, key) }

// Body replaces the body.
func (mutation Mutation) Body(bytes []byte) {
	guest.BeginOp(4, 0, mutation.handle)
	guest.Bytes(bytes)
	guest.EndOp()
}

func (mutation Mutation) edit(code byte, key string, value []byte) {
	guest.BeginOp(code, 0, mutation.handle)
	guest.Number(uint32(len(key)))
	guest.Text(key)
	guest.Bytes(value)
	guest.EndOp()
}

func bytesOf(text string) []byte { return unsafe.Slice(unsafe.StringData(text), len(text)) }
