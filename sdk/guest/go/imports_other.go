//go:build !wasip1

package weir

import "unsafe"

// Elsewhere the package is there for editors, and for tests of functions that ask nothing of weir.
const noHost = "weir is not here: this is asked of it in a plugin that it runs"

func hostNow() float64 { panic(noHost) }

func hostRandom(at unsafe.Pointer, size uint32) { panic(noHost) }

func hostGet(key unsafe.Pointer, keySize uint32, at unsafe.Pointer, room uint32) int32 { panic(noHost) }

func hostSet(key unsafe.Pointer, keySize uint32, at unsafe.Pointer, size, ttlMs uint32) int32 {
	panic(noHost)
}

func hostDelete(key unsafe.Pointer, keySize uint32) { panic(noHost) }

func hostAdd(key unsafe.Pointer, keySize uint32, by float64, ttlMs uint32) float64 { panic(noHost) }

func hostCas(key unsafe.Pointer, keySize uint32, expected unsafe.Pointer, expectedSize int32, at unsafe.Pointer, size, ttlMs uint32) int32 {
	panic(noHost)
}
