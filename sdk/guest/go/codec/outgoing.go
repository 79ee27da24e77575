package codec

import (
	"encoding/binary"
	"errors"
	"strconv"
)

const (
	editBytes = 20
	set       = 1
	add       = 2
)

// Property is a key with a value.
type Property struct{ Key, Value []byte }

// LocalError is what a caller is told.
type LocalError struct {
	Kind Fault
	Text []byte
}

// Outgoing is a message that is to be written, as edits and the new body have made it.
type Outgoing struct{ block []byte }

// Request says whether a caller sent it, and no upstream.
func (m Outgoing) Request() bool { return m.block[24] == 1 }
func (m Outgoing) Kind() Kind    { return Kind(m.block[25]) }
func (m Outgoing) Status() int   { return int(int32(m.u32(28))) }

// ID is the id to write.
func (m Outgoing) ID() uint64     { return binary.LittleEndian.Uint64(m.block[32:]) }
func (m Outgoing) IDText() []byte { return m.refer(40) }

// Bytes is the frame as it came: whole in Encode, its beginning elsewhere.
func (m Outgoing) Bytes() []byte     { return m.refer(48) }
func (m Outgoing) HeaderSize() int   { return int(m.u32(56)) }
func (m Outgoing) Size() int         { return int(m.u32(60)) }
func (m Outgoing) Operation() []byte { return m.refer(64) }
func (m Outgoing) StreamID() uint32  { return m.u32(120) }

// NewBody is the body that replaces the frame's, or a reply's; nil when there is none.
func (m Outgoing) NewBody() []byte { return m.refer(104) }

// Body is the body to write.
func (m Outgoing) Body() []byte {
	if body := m.NewBody(); body != nil {
		return body
	}
	return m.refer(72)
}

// What is asked for more than once in a call is put together once, in memory that is used again.
var (
	listed []Property
	known  bool
)

// Properties are all of them after the edits, in order: what is set stands where it stood, what is new at the end. They
// hold until the handler returns.
func (m Outgoing) Properties() []Property {
	if !known {
		listed, known = m.list(listed[:0]), true
	}
	return listed
}

func (m Outgoing) list(all []Property) []Property {
	count, row := m.u32(88), m.u32(92)
	for ; count > 0; count-- {
		all = append(all, Property{m.at(row), m.at(row + 8)})
		row += rowBytes
	}
	edit := m.u32(100)
	for left := m.u32(96); left > 0; left-- {
		all = apply(all, m.u32(edit), Property{m.at(edit + 4), m.at(edit + 12)})
		edit += editBytes
	}
	return all
}

// Get is the first value of a key; nil when there is none.
func (m Outgoing) Get(key string) []byte {
	value, _ := m.first(key)
	return value
}

// first is the first value of a key, and how many there are.
func (m Outgoing) first(key string) (value []byte, count int) {
	for _, each := range m.Properties() {
		if string(each.Key) != key {
			continue
		}
		if count++; count == 1 {
			value = each.Value
		}
	}
	return value, count
}

// GetAll is every value of a key.
func (m Outgoing) GetAll(key string) (values [][]byte) {
	for _, each := range m.Properties() {
		if string(each.Key) == key {
			values = append(values, each.Value)
		}
	}
	return values
}

// Number is the only value of a key, a whole number within bounds; otherwise an error that names the key.
func (m Outgoing) Number(key string, least, most int64) (int64, error) {
	if value, count := m.first(key); count == 1 && len(value) > 0 && value[0] != '+' {
		number, err := strconv.ParseInt(string(value), 10, 64)
		if err == nil && number >= least && number <= most {
			return number, nil
		}
	}
	bounds := strconv.FormatInt(least, 10) + " to " + strconv.FormatInt(most, 10)
	return 0, errors.New(strconv.Quote(key) + " has to be one number from " + bounds)
}

func apply(all []Property, code uint32, edit Property) []Property {
	if code == add {
		return append(all, edit)
	}
	kept, found := all[:0], false
	for _, each := range all {
		same := string(each.Key) == string(edit.Key)
		if !same {
			kept = append(kept, each)
		} else if code == set && !found {
			kept = append(kept, edit)
		}
		found = found || same
	}
	if code == set && !found {
		kept = append(kept, edit)
	}
	return kept
}

// at is what a ref of a row refers to: empty rather than absent.
func (m Outgoing) at(place uint32) []byte { return m.block[m.u32(place):][:m.u32(place+4)] }

func (m Outgoing) refer(place uint32) []byte {
	if m.u32(place) == 0 {
		return nil
	}
	return m.at(place)
}
