package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"dubbo.apache.org/dubbo-go/v3/common/constant"
	"github.com/apache/dubbo-go-hessian2/java_exception"
)

const receivedMax = 10_000

// PeerServant is the service as a provider serves it. It counts what it sees, for the stats line.
type PeerServant struct {
	name     string
	mutex    sync.Mutex
	calls    map[string]int
	received []string
	nonces   map[string]bool
	repeated int
}

func newServant(name string) *PeerServant {
	servant := &PeerServant{name: name}
	servant.reset()
	return servant
}

// Reference names the service for the SDK.
func (*PeerServant) Reference() string { return "PeerServant" }

// MethodMapper gives the methods their Java names.
func (*PeerServant) MethodMapper() map[string]string {
	names := map[string]string{}
	for _, name := range []string{
		"SayHello", "WhoAmI", "SayHelloAsync", "EchoText", "EchoBytes", "EchoLong", "EchoDouble", "EchoOrder", "Orders",
		"Sample", "Nothing", "Touch", "FailChecked", "FailRuntime", "FailPlain", "Slow", "Log", "Received",
		"Attachments", "Nonce",
	} {
		names[name] = strings.ToLower(name[:1]) + name[1:]
	}
	return names
}

func (s *PeerServant) SayHello(_ context.Context, who string) (string, error) {
	s.count("sayHello")
	return "Hello, " + who, nil
}

func (s *PeerServant) WhoAmI(_ context.Context) (string, error) {
	s.count("whoAmI")
	return s.name, nil
}

func (s *PeerServant) SayHelloAsync(_ context.Context, who string) (string, error) {
	s.count("sayHelloAsync")
	return "Hello later, " + who, nil
}

func (s *PeerServant) EchoText(_ context.Context, text string) (string, error) {
	s.count("echoText")
	return text, nil
}

func (s *PeerServant) EchoBytes(_ context.Context, bytes []byte) ([]byte, error) {
	s.count("echoBytes")
	return bytes, nil
}

func (s *PeerServant) EchoLong(_ context.Context, value int64) (int64, error) {
	s.count("echoLong")
	return value, nil
}

func (s *PeerServant) EchoDouble(_ context.Context, value float64) (float64, error) {
	s.count("echoDouble")
	return value, nil
}

func (s *PeerServant) EchoOrder(_ context.Context, order *Order) (*Order, error) {
	s.count("echoOrder")
	return order, nil
}

func (s *PeerServant) Orders(_ context.Context, count int32) ([]*Order, error) {
	s.count("orders")
	orders := make([]*Order, 0, count)
	for i := range count {
		orders = append(orders, &Order{
			Id: int64(i), Customer: fmt.Sprintf("customer %d", i), Total: float64(i) / 4,
			Created: time.UnixMilli(1_700_000_000_000 + int64(i)),
		})
	}
	return orders, nil
}

// Sample takes its list and map as any: what the decoder makes of them depends on the caller's type names.
func (s *PeerServant) Sample(_ context.Context, flag bool, count int32, id int64, ratio float64, text string,
	bytes []byte, when time.Time, names any, totals any) (*Sample, error) {
	s.count("sample")
	sample := &Sample{Flag: flag, Count: count, Id: id, Ratio: ratio, Text: text, Bytes: bytes, When: when}
	sample.Names = textList(names)
	sample.Totals = map[string]int64{}
	for key, value := range textMap(totals) {
		sample.Totals[key] = value.(int64)
	}
	return sample, nil
}

func (s *PeerServant) Nothing(_ context.Context) (*Order, error) {
	s.count("nothing")
	return nil, nil
}

func (s *PeerServant) Touch(_ context.Context) error {
	s.count("touch")
	return nil
}

func (s *PeerServant) FailChecked(_ context.Context, message string) (string, error) {
	s.count("failChecked")
	return "", &PeerException{DetailMessage: message, Reason: 42, StackTrace: []java_exception.StackTraceElement{}}
}

func (s *PeerServant) FailRuntime(_ context.Context, message string) (string, error) {
	s.count("failRuntime")
	return "", java_exception.NewIllegalStateException(message)
}

func (s *PeerServant) FailPlain(_ context.Context, message string) (string, error) {
	s.count("failPlain")
	return "", errors.New(message)
}

func (s *PeerServant) Slow(_ context.Context, ms int32) (string, error) {
	s.count("slow")
	time.Sleep(time.Duration(ms) * time.Millisecond)
	return fmt.Sprintf("slow %d", ms), nil
}

func (s *PeerServant) Log(_ context.Context, line string) error {
	s.count("log")
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.received) < receivedMax {
		s.received = append(s.received, line)
	}
	return nil
}

func (s *PeerServant) Received(_ context.Context) ([]string, error) {
	s.count("received")
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]string{}, s.received...), nil
}

// Attachments: the SDK sends the map it received back with the response, so what is put there travels.
func (s *PeerServant) Attachments(ctx context.Context) (map[string]string, error) {
	s.count("attachments")
	attachments, _ := ctx.Value(constant.AttachmentKey).(map[string]any)
	seen := map[string]string{}
	replies := map[string]any{"served-by": s.name}
	for key, value := range attachments {
		seen[key] = fmt.Sprint(value)
		if name, ok := strings.CutPrefix(key, "echo-"); ok {
			replies["reply-"+name] = value
		}
	}
	for key, value := range replies {
		attachments[key] = value
	}
	return seen, nil
}

func (s *PeerServant) Nonce(_ context.Context, nonce string) (string, error) {
	s.count("nonce")
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.nonces[nonce] {
		s.repeated++
	}
	s.nonces[nonce] = true
	return nonce, nil
}

func (s *PeerServant) count(method string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.calls[method]++
}

func (s *PeerServant) stats() object {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	total := 0
	byMethod := map[string]int{}
	for method, count := range s.calls {
		byMethod[method] = count
		total += count
	}
	return object{
		"name": s.name, "calls": total, "byMethod": byMethod, "nonces": len(s.nonces), "repeated": s.repeated,
		"received": append([]string{}, s.received...),
	}
}

func (s *PeerServant) reset() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.calls = map[string]int{}
	s.received = nil
	s.nonces = map[string]bool{}
	s.repeated = 0
}
