//go:build wasip1

// Package weir is what a filter in Go is written with: handlers are given in init, and main is empty. The bytes between
// host and guest are in sdk/ABI.md.
package weir

import (
	"encoding/binary"
	"encoding/json"
	"unsafe"
)

const headerBytes = 24

// Config is the configuration, as encoding/json reads it.
type Config map[string]any

// Get is the text under a key; empty when there is none.
func (config Config) Get(key string) string {
	text, _ := config[key].(string)
	return text
}

var (
	onConfigure func(Config) error
	onRequest   func(Metadata, Mutation) Verdict
	onResponse  func(Metadata, Mutation) Verdict
	onResume    func(Metadata, Mutation, Resume) Verdict
	onEnd       func(Metadata, Outcome)
)

// OnConfigure is called once; an error says what is wrong with the configuration. Keys may be declared in it.
func OnConfigure(handler func(config Config) error) { onConfigure = handler }

// OnRequest is called with every request.
func OnRequest(handler func(metadata Metadata, mutation Mutation) Verdict) { onRequest = handler }

// OnResponse is called with every response.
func OnResponse(handler func(metadata Metadata, mutation Mutation) Verdict) { onResponse = handler }

// OnResume is called after Pause or Call.
func OnResume(handler func(metadata Metadata, mutation Mutation, resume Resume) Verdict) { onResume = handler }

// OnEnd is called once for every request, however it ended.
func OnEnd(handler func(metadata Metadata, outcome Outcome)) { onEnd = handler }

// Want says what else is read; give several with |.
type Want uint8

const (
	RequestBody         Want = 1
	ResponseBody        Want = 2
	RequestWithResponse Want = 4
	Operation           Want = 8
)

var (
	keys  []string
	wants Want
	every bool
)

// Reads declares keys of requests and responses, in init or in OnConfigure.
func Reads(names ...string) { keys = append(keys, names...) }

// ReadsAll declares that every key is read; needs the grant all-keys.
func ReadsAll() { every = true }

// Wants declares what else is read; bodies need the grant bodies.
func Wants(what Want) { wants |= what }

var input []uint64

//go:wasmexport weir_abi_1
func abi1() {}

//go:wasmexport weir_input
func makeInput(size uint32) unsafe.Pointer {
	input = make([]uint64, (size+7)/8)
	return unsafe.Pointer(unsafe.SliceData(input))
}

//go:wasmexport weir_call
func call(phase, size uint32) unsafe.Pointer {
	block := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(input))), size)
	beginAnswer()
	if phase == 1 {
		configure(block)
		return endAnswer()
	}
	metadata := Metadata{record: block[headerBytes:]}
	mutation := Mutation{handle: metadata.Handle()}
	switch {
	case phase == 2 && onRequest != nil:
		onRequest(metadata, mutation).say(mutation.handle)
	case phase == 3 && onResponse != nil:
		onResponse(metadata, mutation).say(mutation.handle)
	case phase == 4 && onEnd != nil:
		onEnd(metadata, Outcome{metadata})
	case phase == 5 && onResume != nil:
		onResume(metadata, mutation, Resume{metadata}).say(mutation.handle)
	}
	return endAnswer()
}

func configure(block []byte) {
	config := Config{}
	size := binary.LittleEndian.Uint32(block[headerBytes:])
	_ = json.Unmarshal(block[headerBytes+8:][:size], &config)
	if onConfigure != nil {
		if err := onConfigure(config); err != nil {
			say(52, 0, 0, err.Error())
		}
	}
	for _, key := range keys {
		say(48, 0, 0, key)
	}
	if every {
		say(49, 0, 0, "")
	}
	say(50, byte(wants), 0, "")
	say(51, phases(), 0, "")
}

func phases() (bits byte) {
	if onRequest != nil {
		bits |= 1
	}
	if onResponse != nil {
		bits |= 2
	}
	if onEnd != nil {
		bits |= 4
	}
	return bits
}
