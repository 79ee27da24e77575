package weir

import (
	"encoding/binary"
	"slices"
	"strconv"
)

const (
	row       = 16
	everyKey  = 4
	hasConfig = 16
	noSlot    = -1
)

// Metadata is a message, as it is when the handler is called. Its bytes hold until the handler returns.
type Metadata struct {
	record []byte
	// Whether its keys are known by their names only.
	named bool
}

// Get is the first value of a key; nil when the message does not carry it. It panics when the key was not declared.
func (m Metadata) Get(key string) []byte {
	var found []byte
	m.each(key, func(value []byte) bool {
		found = value
		return false
	})
	return found
}

// GetAll is every value of a key, in order.
func (m Metadata) GetAll(key string) (values [][]byte) {
	m.each(key, func(value []byte) bool {
		values = append(values, value)
		return true
	})
	return values
}

// Has says whether the message carries a key.
func (m Metadata) Has(key string) bool { return m.Get(key) != nil }

// Keys is every key that is here, once.
func (m Metadata) Keys() (names []string) {
	for at, end := m.rows(); at < end; at += row {
		if key := string(m.key(at)); len(names) == 0 || names[len(names)-1] != key {
			names = append(names, key)
		}
	}
	return names
}

func (m Metadata) Handle() uint32 { return m.u32(4) }

// ID is the id as a number; 0 when it is a text.
func (m Metadata) ID() uint64 { return binary.LittleEndian.Uint64(m.record[8:]) }

// RequestID is the caller's id, exact to 64 bits, or its text.
func (m Metadata) RequestID() string {
	if m.record[17]&1 != 0 {
		return string(m.refer(72))
	}
	return strconv.FormatUint(m.ID(), 10)
}

// Config is the number of the configuration that holds: 0 is the listener's, the others are those of routes.
func (m Metadata) Config() int {
	if m.record[17]&hasConfig == 0 {
		return 0
	}
	return int(m.u32(104))
}

// Kind is 1 request, 2 oneway, 3 response, 4 error, and so on as in sdk/ABI.md.
func (m Metadata) Kind() byte { return m.record[16] }

// Status is the protocol's status of a reply; -1 when the message has none.
func (m Metadata) Status() int32      { return int32(m.u32(20)) }
func (m Metadata) StreamID() uint32   { return m.u32(24) }
func (m Metadata) HeaderSize() uint32 { return m.u32(28) }
func (m Metadata) BodySize() uint32   { return m.u32(32) }
func (m Metadata) Size() uint32       { return m.HeaderSize() + m.BodySize() }
func (m Metadata) Operation() []byte  { return m.refer(40) }
func (m Metadata) Listener() []byte   { return m.refer(48) }
func (m Metadata) Peer() []byte       { return m.refer(56) }
func (m Metadata) Protocol() []byte   { return m.refer(64) }

// Problem is why a property could not be read; nil when all could.
func (m Metadata) Problem() []byte { return m.refer(80) }
func (m Metadata) Body() []byte    { return m.refer(88) }

// Request is, in OnResponse and with RequestWithResponse, the request that this answers.
func (m Metadata) Request() Metadata { return Metadata{record: m.record[m.u32(0):]} }

func (m Metadata) u32(at uint32) uint32 { return binary.LittleEndian.Uint32(m.record[at:]) }

func (m Metadata) refer(at uint32) []byte {
	start := m.u32(at)
	if start == 0 {
		return nil
	}
	return m.record[start:][:m.u32(at+4)]
}

func (m Metadata) rows() (at, end uint32) {
	at = m.u32(36)
	return at, at + uint32(binary.LittleEndian.Uint16(m.record[18:]))*row
}

func (m Metadata) key(at uint32) []byte {
	return m.record[m.u32(at):][:binary.LittleEndian.Uint16(m.record[at+4:])]
}

func (m Metadata) each(key string, take func([]byte) bool) {
	slot := noSlot
	if !m.named {
		slot = slices.Index(keys, key)
	}
	if slot == noSlot && m.record[17]&everyKey == 0 {
		panic("the key " + key + " is not declared: name it in weir.Reads")
	}
	for at, end := m.rows(); at < end; at += row {
		if slot == noSlot && string(m.key(at)) != key {
			continue
		}
		if slot != noSlot && int(binary.LittleEndian.Uint16(m.record[at+6:])) != slot {
			continue
		}
		if !take(m.refer(at + 8)) {
			return
		}
	}
}
