package weir

import "unsafe"

// What is imported is only asked for where the plugin uses it.

//go:wasmimport weir now
func hostNow() float64

//go:wasmimport weir random
func hostRandom(at unsafe.Pointer, size uint32)

//go:wasmimport weir kv_get
func hostGet(key unsafe.Pointer, keySize uint32, at unsafe.Pointer, room uint32) int32

//go:wasmimport weir kv_set
func hostSet(key unsafe.Pointer, keySize uint32, at unsafe.Pointer, size, ttlMs uint32) int32

//go:wasmimport weir kv_delete
func hostDelete(key unsafe.Pointer, keySize uint32)

//go:wasmimport weir kv_add
func hostAdd(key unsafe.Pointer, keySize uint32, by float64, ttlMs uint32) float64

//go:wasmimport weir kv_cas
func hostCas(key unsafe.Pointer, keySize uint32, expected unsafe.Pointer, expectedSize int32,
	at unsafe.Pointer, size, ttlMs uint32) int32
