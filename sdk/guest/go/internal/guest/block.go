package guest

import (
	"encoding/binary"
	"encoding/json"
	"unsafe"
)

const configAt = 24

// Numbers, so that the block begins at a multiple of 8.
var input []uint64

// MakeInput is where the host writes blocks of up to this size.
func MakeInput(size uint32) unsafe.Pointer {
	input = make([]uint64, (size+7)/8)
	return unsafe.Pointer(unsafe.SliceData(input))
}

// Block is the first bytes of what the host wrote.
func Block(size uint32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(input))), size)
}

// Config is the configuration, as encoding/json reads it.
type Config map[string]any

// Get is the text under a key; empty when there is none.
func (config Config) Get(key string) string {
	text, _ := config[key].(string)
	return text
}

// ConfigOf is the configuration out of the block of phase configure.
func ConfigOf(block []byte) Config {
	config := Config{}
	size := binary.LittleEndian.Uint32(block[configAt:])
	_ = json.Unmarshal(block[configAt+8:][:size], &config)
	return config
}
