package weir

import "weir/internal/guest"

// Verdict is what a handler answers; the zero value lets the message go on.
type Verdict struct {
	code    byte
	fault   Fault
	text    string
	ms      uint32
	message Message
}

// Message is one that the filter makes itself. A nil Body is none.
type Message struct {
	Properties []Property
	Body       []byte
}

// Property is a key with a value.
type Property struct {
	Key   string
	Value []byte
}

// Fault is an error of a proxy, which every protocol says in its way.
type Fault byte

const (
	RouteNotFound Fault = iota + 1
	ClusterNotFound
	NoHealthyUpstream
	UpstreamConnectFailed
	UpstreamReset
	RequestTimeout
	OverLimit
	Denied
	BadRequest
	BadResponse
	PluginFailed
	Overloaded
	Draining
)

// ListenersTime is for Forward: as long as the listener allows.
const ListenersTime uint32 = 0xffff_ffff

var (
	// Continue lets the message go on.
	Continue = Verdict{}
	// Drop answers nobody.
	Drop = Verdict{code: 19}
	// Close closes the caller's connection.
	Close = Verdict{code: 20}
)

// ReplyError refuses the message with the protocol's own error.
func ReplyError(fault Fault, text string) Verdict { return Verdict{code: 16, fault: fault, text: text} }

// Reply answers the caller with a message.
func Reply(message Message) Verdict { return Verdict{code: 17, message: message} }

// Forward sends the request to a cluster.
func Forward(cluster string, timeoutMs uint32) Verdict {
	return Verdict{code: 18, text: cluster, ms: timeoutMs}
}

// Pause holds the message; OnResume is called when the time is over. Needs the grant timers.
func Pause(ms uint32) Verdict { return Verdict{code: 21, ms: ms} }

// Call asks a cluster something and holds the message; OnResume is called with the answer. Needs the grant calls.
func Call(cluster string, message Message, timeoutMs uint32) Verdict {
	return Verdict{code: 22, text: cluster, ms: timeoutMs, message: message}
}

func (verdict Verdict) say(handle uint32) {
	if verdict.code == 0 {
		return
	}
	guest.BeginOp(verdict.code, byte(verdict.fault), handle)
	switch verdict.code {
	case 18, 21:
		guest.Number(verdict.ms)
	case 22:
		guest.Number(verdict.ms)
		guest.Number(uint32(len(verdict.text)))
	}
	guest.Text(verdict.text)
	if verdict.code == 17 || verdict.code == 22 {
		verdict.message.write()
	}
	guest.EndOp()
}

func (message Message) write() {
	if message.Body == nil {
		guest.Number(ListenersTime)
	} else {
		guest.Number(uint32(len(message.Body)))
	}
	guest.Number(uint32(len(message.Properties)))
	for _, property := range message.Properties {
		guest.Number(uint32(len(property.Key)))
		guest.Number(uint32(len(property.Value)))
		guest.Text(property.Key)
		guest.Bytes(property.Value)
	}
	guest.Bytes(message.Body)
}
