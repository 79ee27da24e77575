package weir

import (
	"encoding/binary"
	"unsafe"

	"weir/internal/guest"
)

// Level is how much a line of log matters.
type Level = guest.Level

const (
	Debug = guest.Debug
	Info  = guest.Info
	Warn  = guest.Warn
	Error = guest.Error
)

// Log says a line.
func Log(level Level, text string) { guest.Log(level, text) }

// Counter adds to one of the plugin's counters; names are like calls_refused.
func Counter(name string, by uint32) { guest.Counter(name, by) }

// Now is milliseconds since 1970. Needs the grant clock, as time.Now does.
func Now() float64 { return hostNow() }

// Random is a number from 0 to under 1. Needs the grant random, as crypto/rand does.
func Random() float64 {
	var bytes [8]byte
	hostRandom(unsafe.Pointer(&bytes), 8)
	return float64(binary.LittleEndian.Uint64(bytes[:])>>11) / (1 << 53)
}

// Store is what all workers share. Needs the grant key-value. A time to live of 0 keeps a value.
var Store store

type store struct{}

// Get is nil when there is nothing.
func (store) Get(key string) []byte {
	value := make([]byte, 256)
	for {
		size := hostGet(textAt(key), uint32(len(key)), bytesAt(value), uint32(len(value)))
		switch {
		case size < 0:
			return nil
		case int(size) <= len(value):
			return value[:size]
		}
		value = make([]byte, size)
	}
}

// Set answers false when the store is full.
func (store) Set(key string, value []byte, ttlMs uint32) bool {
	return hostSet(textAt(key), uint32(len(key)), bytesAt(value), uint32(len(value)), ttlMs) == 1
}

func (store) Delete(key string) { hostDelete(textAt(key), uint32(len(key))) }

// Cas stores the value if what is there is what was expected; nil expects nothing.
func (store) Cas(key string, expected, value []byte, ttlMs uint32) bool {
	size := int32(len(expected))
	if expected == nil {
		size = -1
	}
	return hostCas(textAt(key), uint32(len(key)), bytesAt(expected), size, bytesAt(value), uint32(len(value)), ttlMs) == 1
}

// Add adds to a number and answers the sum; NaN when what is there is no number, or the store is full.
func (store) Add(key string, by float64, ttlMs uint32) float64 {
	return hostAdd(textAt(key), uint32(len(key)), by, ttlMs)
}

func textAt(text string) unsafe.Pointer   { return unsafe.Pointer(unsafe.StringData(text)) }
func bytesAt(bytes []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(bytes)) }
