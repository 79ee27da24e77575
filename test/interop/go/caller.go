package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"dubbo.apache.org/dubbo-go/v3/client"
	"dubbo.apache.org/dubbo-go/v3/common/constant"
	"dubbo.apache.org/dubbo-go/v3/common/extension"
	"dubbo.apache.org/dubbo-go/v3/filter"
	"dubbo.apache.org/dubbo-go/v3/protocol/base"
	"dubbo.apache.org/dubbo-go/v3/protocol/result"
	"dubbo.apache.org/dubbo-go/v3/remoting/getty"
	hessian "github.com/apache/dubbo-go-hessian2"
)

// PeerClient is filled in by the SDK: one function per method of the service. Lists come back as any: what the decoder
// makes of a Java list depends on its type name, and a list that does not fit costs this SDK the connection.
type PeerClient struct {
	SayHello      func(ctx context.Context, name string) (string, error)                           `dubbo:"sayHello"`
	WhoAmI        func(ctx context.Context) (string, error)                                        `dubbo:"whoAmI"`
	SayHelloAsync func(ctx context.Context, name string) (string, error)                           `dubbo:"sayHelloAsync"`
	EchoText      func(ctx context.Context, text string) (string, error)                           `dubbo:"echoText"`
	EchoBytes     func(ctx context.Context, bytes []byte) ([]byte, error)                          `dubbo:"echoBytes"`
	EchoLong      func(ctx context.Context, value int64) (int64, error)                            `dubbo:"echoLong"`
	EchoDouble    func(ctx context.Context, value float64) (float64, error)                        `dubbo:"echoDouble"`
	EchoOrder     func(ctx context.Context, order *Order) (*Order, error)                          `dubbo:"echoOrder"`
	Orders        func(ctx context.Context, count int32) (any, error)                              `dubbo:"orders"`
	Nothing       func(ctx context.Context) (any, error)                                           `dubbo:"nothing"`
	Touch         func(ctx context.Context) (any, error)                                           `dubbo:"touch"`
	FailChecked   func(ctx context.Context, message string) (string, error)                        `dubbo:"failChecked"`
	FailRuntime   func(ctx context.Context, message string) (string, error)                        `dubbo:"failRuntime"`
	FailPlain     func(ctx context.Context, message string) (string, error)                        `dubbo:"failPlain"`
	Slow          func(ctx context.Context, ms int32) (string, error)                              `dubbo:"slow"`
	Log           func(ctx context.Context, line string) (any, error)                              `dubbo:"log"`
	Received      func(ctx context.Context) (any, error)                                           `dubbo:"received"`
	Attachments   func(ctx context.Context) (map[any]any, error)                                   `dubbo:"attachments"`
	Nonce         func(ctx context.Context, nonce string) (string, error)                          `dubbo:"nonce"`
	Invoke        func(ctx context.Context, m string, t []string, a []hessian.Object) (any, error) `dubbo:"$invoke"`
	Sample        func(ctx context.Context, flag bool, count int32, id int64, ratio float64, text string, bytes []byte,
		when time.Time, names []any, totals map[any]any) (*Sample, error) `dubbo:"sample"`
}

// answerKey marks the map in a call's context into which the filter puts the attachments of the response.
type answerKey struct{}

type answerFilter struct{}

func (answerFilter) Invoke(ctx context.Context, invoker base.Invoker, inv base.Invocation) result.Result {
	return invoker.Invoke(ctx, inv)
}

func (answerFilter) OnResponse(ctx context.Context, res result.Result, _ base.Invoker, _ base.Invocation) result.Result {
	if kept, ok := ctx.Value(answerKey{}).(object); ok {
		for key, value := range res.Attachments() {
			kept[key] = value
		}
	}
	return res
}

type caller struct {
	lines  *lines
	mutex  sync.Mutex
	byName map[string]*PeerClient
}

func runCaller(lines *lines) error {
	extension.SetFilter("answer", func() filter.Filter { return answerFilter{} })
	c := &caller{lines: lines, byName: map[string]*PeerClient{}}
	lines.write(object{"ready": true})
	return lines.each(func(op object) { go c.answer(op) })
}

func (c *caller) answer(op object) {
	start := time.Now()
	reply := object{"id": op["id"], "ok": true}
	func() {
		defer func() {
			if problem := recover(); problem != nil {
				describe(fmt.Errorf("panic: %v", problem), reply)
			}
		}()
		if err := c.run(op, reply); err != nil {
			describe(err, reply)
		}
	}()
	reply["ms"] = time.Since(start).Milliseconds()
	c.lines.write(reply)
}

func (c *caller) run(op object, reply object) error {
	name := text(op, "on", "main")
	switch text(op, "op", "") {
	case "connect":
		return c.connect(name, op)
	case "disconnect":
		// The SDK closes no single reference: this closes the connections of all.
		extension.GetProtocol(constant.DubboProtocol).Destroy()
		return nil
	case "quit":
		os.Exit(0)
	}
	c.mutex.Lock()
	service := c.byName[name]
	c.mutex.Unlock()
	if service == nil {
		return fmt.Errorf("no connection %s", name)
	}
	switch text(op, "op", "") {
	case "call":
		return call(service, op, reply)
	case "burst":
		reply["value"] = newBurst(service, op).run()
		return nil
	default:
		return errors.New("no such operation")
	}
}

func (c *caller) connect(name string, op object) error {
	config := *getty.GetDefaultClientConfig()
	if ms := number(op, "heartbeatMs", 0); ms > 0 {
		config.HeartbeatPeriod = fmt.Sprintf("%dms", ms)
	}
	config.ConnectionNum = number(op, "connections", config.ConnectionNum)
	getty.SetClientConf(config)
	cli, err := client.NewClient(client.WithClientProtocolDubbo())
	if err != nil {
		return err
	}
	service := &PeerClient{}
	_, err = cli.DialWithService(interfaceName, service,
		client.WithURL(text(op, "url", "")+"/"+interfaceName),
		client.WithProtocolDubbo(),
		client.WithSerialization(text(op, "serialization", constant.Hessian2Serialization)),
		client.WithRetries(number(op, "retries", 0)),
		client.WithRequestTimeout(time.Duration(number(op, "timeoutMs", 5_000))*time.Millisecond),
		client.WithVersion(text(op, "version", "")),
		client.WithGroup(text(op, "group", "")),
		client.WithFilter("answer"),
	)
	if err != nil {
		return err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.byName[name] = service
	return nil
}

func call(service *PeerClient, op object, reply object) error {
	kept := object{}
	attachments := map[string]any{}
	if given, ok := op["attachments"].(object); ok {
		for key, value := range given {
			attachments[key] = attachment(value)
		}
	}
	if ms := number(op, "timeoutMs", 0); ms > 0 {
		attachments[constant.TimeoutKey] = fmt.Sprintf("%dms", ms)
	}
	if flag(op, "oneway") || text(op, "method", "") == "log" {
		// Async without a callback is how this SDK sends one-way.
		attachments[constant.AsyncKey] = "true"
	}
	ctx := context.WithValue(context.Background(), constant.AttachmentKey, attachments)
	ctx = context.WithValue(ctx, answerKey{}, kept)
	value, err := invoke(ctx, service, op)
	reply["attachments"] = toJSON(kept)
	if err != nil {
		return err
	}
	reply["value"] = toJSON(value)
	return nil
}

func invoke(ctx context.Context, service *PeerClient, op object) (any, error) {
	method := text(op, "method", "")
	args := make([]any, 9)
	copy(args, argList(op["args"]))
	if flag(op, "generic") {
		return generic(ctx, service, method, args)
	}
	switch method {
	case "sayHello":
		return service.SayHello(ctx, argText(args[0]))
	case "whoAmI":
		return service.WhoAmI(ctx)
	case "sayHelloAsync":
		return service.SayHelloAsync(ctx, argText(args[0]))
	case "echoText":
		return service.EchoText(ctx, argText(args[0]))
	case "echoBytes":
		return service.EchoBytes(ctx, argBytes(args[0]))
	case "echoLong":
		return service.EchoLong(ctx, argLong(args[0]))
	case "echoDouble":
		return service.EchoDouble(ctx, argDouble(args[0]))
	case "echoOrder":
		return service.EchoOrder(ctx, argOrder(args[0]))
	case "orders":
		return service.Orders(ctx, argInt(args[0]))
	case "sample":
		totals := map[any]any{}
		for key, value := range textMap(args[8]) {
			totals[key] = argLong(value)
		}
		return service.Sample(ctx, argBool(args[0]), argInt(args[1]), argLong(args[2]), argDouble(args[3]),
			argText(args[4]), argBytes(args[5]), argDate(args[6]), argList(args[7]), totals)
	case "nothing":
		return service.Nothing(ctx)
	case "touch":
		return service.Touch(ctx)
	case "failChecked":
		return service.FailChecked(ctx, argText(args[0]))
	case "failRuntime":
		return service.FailRuntime(ctx, argText(args[0]))
	case "failPlain":
		return service.FailPlain(ctx, argText(args[0]))
	case "slow":
		return service.Slow(ctx, argInt(args[0]))
	case "log":
		return service.Log(ctx, argText(args[0]))
	case "received":
		return service.Received(ctx)
	case "attachments":
		return service.Attachments(ctx)
	case "nonce":
		return service.Nonce(ctx, argText(args[0]))
	default:
		return nil, fmt.Errorf("no method %s", method)
	}
}

// generic sends $invoke as a generic consumer does. Objects travel as maps.
func generic(ctx context.Context, service *PeerClient, method string, args []any) (any, error) {
	attachments := ctx.Value(constant.AttachmentKey).(map[string]any)
	attachments[constant.GenericKey] = "true"
	switch method {
	case "echoOrder":
		return service.Invoke(ctx, method, []string{"weir.interop.Order"}, []hessian.Object{hessianMap(args[0])})
	case "echoLong":
		return service.Invoke(ctx, method, []string{"long"}, []hessian.Object{argLong(args[0])})
	default:
		return service.Invoke(ctx, method, []string{"java.lang.String"}, []hessian.Object{argText(args[0])})
	}
}

func hessianMap(json any) any {
	switch json := json.(type) {
	case object:
		result := map[any]any{}
		for key, value := range json {
			result[key] = hessianMap(value)
		}
		return result
	case []any:
		list := []any{}
		for _, each := range json {
			list = append(list, hessianMap(each))
		}
		return list
	default:
		return json
	}
}

// A whole number travels as an int, so that a test can send values that are no strings.
func attachment(json any) any {
	if value, ok := json.(float64); ok && value == float64(int32(value)) {
		return int32(value)
	}
	return json
}

func describe(err error, reply object) {
	reply["ok"] = false
	reply["class"] = "error"
	var thrown interface{ JavaClassName() string }
	if errors.As(err, &thrown) {
		reply["class"] = thrown.JavaClassName()
	}
	var checked *PeerException
	if errors.As(err, &checked) {
		reply["reason"] = checked.Reason
	}
	reply["message"] = err.Error()
}
