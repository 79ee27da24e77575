package codec

import "weir/internal/guest"

const nowhere = 0xffff_ffff

// declare says what was defined, and which handlers there are.
func declare() {
	c := defined
	if c.Correlation == 0 {
		c.Correlation = ByID
	}
	at := uint32(c.IDAt)
	if c.IDSize == 0 {
		at = nowhere
	}
	guest.BeginOp(80, byte(c.Correlation), 0)
	guest.Number(idKind(c) | uint32(c.IDBits)<<8 | handlers(c)<<16)
	guest.Number(at)
	guest.Number(uint32(c.IDSize) | bit(c.LittleEndian, 0x100))
	guest.Number(uint32(c.FrameSizeMax))
	guest.Number(uint32(c.SniffBytes))
	guest.Number(0)
	guest.EndOp()
	for _, key := range c.Writes {
		guest.Say(81, 0, 0, key)
	}
	if c.WritesAll {
		guest.Say(82, 0, 0, "")
	}
	if len(c.Magic) > 0 {
		guest.Say(83, 0, 0, string(c.Magic))
	}
}

func idKind(c Codec) uint32 {
	switch {
	case c.IDText:
		return 2
	case c.IDBits > 0:
		return 1
	}
	return 0
}

func handlers(c Codec) uint32 {
	return bit(c.Sniff != nil, 1) | bit(c.EncodeHeartbeat != nil, 2) | bit(c.EncodeHeartbeatReply != nil, 4) |
		bit(c.EncodeDrain != nil, 8) | bit(c.EncodeReply != nil, 16) | bit(c.Encode != nil, 32) |
		bit(c.EncodePreface != nil, 64) | bit(c.Affinity || c.Pushes, 128) | bit(c.EncodeDrainReply != nil, 256) |
		bit(c.Pushes, 512)
}

func bit(is bool, value uint32) uint32 {
	if is {
		return value
	}
	return 0
}
