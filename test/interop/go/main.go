// Command peer is a dubbo-go provider or caller, driven by JSON lines on stdin and stdout like the Java peers.
package main

import (
	"fmt"
	"os"

	_ "dubbo.apache.org/dubbo-go/v3/cluster/cluster/failfast"
	_ "dubbo.apache.org/dubbo-go/v3/cluster/cluster/failover"
	_ "dubbo.apache.org/dubbo-go/v3/cluster/loadbalance/random"
	_ "dubbo.apache.org/dubbo-go/v3/filter/accesslog"
	_ "dubbo.apache.org/dubbo-go/v3/filter/echo"
	_ "dubbo.apache.org/dubbo-go/v3/filter/exec_limit"
	_ "dubbo.apache.org/dubbo-go/v3/filter/generic"
	_ "dubbo.apache.org/dubbo-go/v3/filter/graceful_shutdown"
	_ "dubbo.apache.org/dubbo-go/v3/filter/token"
	_ "dubbo.apache.org/dubbo-go/v3/filter/tps"
	_ "dubbo.apache.org/dubbo-go/v3/filter/tps/limiter"
	_ "dubbo.apache.org/dubbo-go/v3/filter/tps/strategy"
	_ "dubbo.apache.org/dubbo-go/v3/protocol/dubbo"
	_ "dubbo.apache.org/dubbo-go/v3/proxy/proxy_factory"
	_ "dubbo.apache.org/dubbo-go/v3/registry/directory"
	_ "dubbo.apache.org/dubbo-go/v3/registry/protocol"
	getty "github.com/apache/dubbo-getty"
	"github.com/dubbogo/gost/log/logger"
)

const interfaceName = "weir.interop.PeerService"

func main() {
	lines := newLines()
	if os.Getenv("PEER_VERBOSE") == "" {
		logger.SetLoggerLevel("error")
		_ = getty.SetLoggerLevel(getty.LoggerLevelError)
	}
	registerTypes()
	role := ""
	if len(os.Args) > 1 {
		role = os.Args[1]
	}
	var err error
	switch {
	case role == "provider" && len(os.Args) == 3:
		err = runProvider(lines, os.Args[2])
	case role == "caller":
		err = runCaller(lines)
	default:
		err = fmt.Errorf("usage: peer provider OPTIONS | peer caller")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
