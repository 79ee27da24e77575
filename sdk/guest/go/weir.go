// Package weir is what a filter in Go is written with: handlers are given in init, and main is empty. The bytes between
// host and guest are in sdk/ABI.md.
package weir

import (
	"slices"
	"unsafe"

	"weir/internal/guest"
)

const headerBytes = 24

// Config is the configuration, as encoding/json reads it.
type Config = guest.Config

var (
	onConfigure func(Config) error
	onRequest   func(Metadata, Mutation) Verdict
	onResponse  func(Metadata, Mutation) Verdict
	onResume    func(Metadata, Mutation, Resume) Verdict
	onEnd       func(Metadata, Outcome)
	onStream    func(Metadata, Mutation) Verdict
	onSnapshot  func() []byte
	onRestore   func(state []byte, version string) error
)

// OnConfigure is called once for each configuration, the listener's first; an error says what is wrong with it. Keys may be
// declared in it.
func OnConfigure(handler func(config Config) error) { onConfigure = handler }

// OnRequest is called with every request.
func OnRequest(handler func(metadata Metadata, mutation Mutation) Verdict) { onRequest = handler }

// OnResponse is called with every response.
func OnResponse(handler func(metadata Metadata, mutation Mutation) Verdict) { onResponse = handler }

// OnResume is called after Pause or Call.
func OnResume(handler func(metadata Metadata, mutation Mutation, resume Resume) Verdict) {
	onResume = handler
}

// OnEnd is called once for every request, however it ended.
func OnEnd(handler func(metadata Metadata, outcome Outcome)) { onEnd = handler }

// OnStreamData is called with every further frame of a streaming call. It can neither be forwarded nor wait.
func OnStreamData(handler func(metadata Metadata, mutation Mutation) Verdict) { onStream = handler }

// Snapshot answers what the version that takes this one's place goes on with.
func Snapshot(handler func() []byte) { onSnapshot = handler }

// Restore takes over from the version before this one; an error says why it cannot.
func Restore(handler func(state []byte, version string) error) { onRestore = handler }

// Want says what else is read; give several with |.
type Want uint8

const (
	RequestBody         Want = 1
	ResponseBody        Want = 2
	RequestWithResponse Want = 4
	Operation           Want = 8
	// RouteConfig lets routes configure the filter; Metadata.Config tells which configuration holds.
	RouteConfig Want = 16
	// StreamBody is that of frames of streams.
	StreamBody Want = 32
)

var (
	keys  []string
	wants Want
	every bool
)

// Reads declares keys, in init or in OnConfigure.
func Reads(names ...string) {
	for _, name := range names {
		if !slices.Contains(keys, name) {
			keys = append(keys, name)
		}
	}
}

// ReadsAll declares that every key is read; needs the grant all-keys.
func ReadsAll() { every = true }

// Wants declares what else is read; bodies need the grant bodies.
func Wants(what Want) { wants |= what }

//go:wasmexport weir_abi_1
func abi1() {}

//go:wasmexport weir_input
func makeInput(size uint32) unsafe.Pointer {
	return guest.MakeInput(size)
}

//go:wasmexport weir_call
func call(phase, size uint32) unsafe.Pointer {
	block := guest.Block(size)
	guest.Begin()
	if phase == 1 {
		configure(block)
		return guest.End()
	}
	if phase == 7 || phase == 8 {
		handOver(phase, Metadata{record: block})
		return guest.End()
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
	case phase == 6 && onStream != nil:
		onStream(metadata, mutation).say(mutation.handle)
	}
	return guest.End()
}

// The state goes from one version to the next; what restore is given is found by refs of the block.
func handOver(phase uint32, block Metadata) {
	if phase == 7 && onSnapshot != nil {
		if state := onSnapshot(); state != nil {
			guest.BeginOp(53, 0, 0)
			guest.Bytes(state)
			guest.EndOp()
		}
	}
	if phase == 8 && onRestore != nil {
		if err := onRestore(block.refer(24), string(block.refer(32))); err != nil {
			guest.Refuse(err.Error())
		}
	}
}

func configure(block []byte) {
	if onConfigure != nil {
		if err := onConfigure(guest.ConfigOf(block)); err != nil {
			guest.Refuse(err.Error())
		}
	}
	for _, key := range keys {
		guest.Say(48, 0, 0, key)
	}
	if every {
		guest.Say(49, 0, 0, "")
	}
	guest.Say(50, byte(wants), 0, "")
	guest.Say(51, phases(), 0, "")
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
	if onStream != nil {
		bits |= 8
	}
	if onSnapshot != nil || onRestore != nil {
		bits |= 16
	}
	return bits
}
