package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"dubbo.apache.org/dubbo-go/v3/protocol"
	"dubbo.apache.org/dubbo-go/v3/remoting/getty"
	"dubbo.apache.org/dubbo-go/v3/server"
)

const startTimeout = 20 * time.Second

// runProvider takes the options of the Java provider; serialization and shutdownWaitMs have no effect here.
func runProvider(lines *lines, optionsJSON string) error {
	options := object{}
	if err := json.Unmarshal([]byte(optionsJSON), &options); err != nil {
		return err
	}
	port := number(options, "port", 0)
	servant := newServant(text(options, "name", "provider"))
	if ms := number(options, "heartbeatMs", 0); ms > 0 {
		config := *getty.GetDefaultServerConfig()
		config.HeartbeatPeriod = fmt.Sprintf("%dms", ms)
		getty.SetServerConfig(config)
	}
	srv, err := server.NewServer(server.WithServerProtocol(protocol.WithDubbo(), protocol.WithPort(port)))
	if err != nil {
		return err
	}
	err = srv.Register(servant, nil, server.WithInterface(interfaceName),
		server.WithVersion(text(options, "version", "")), server.WithGroup(text(options, "group", "")))
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve() }()
	if err := awaitPort(port, failed); err != nil {
		return err
	}
	lines.write(object{"ready": true, "port": port})
	return lines.each(func(op object) { lines.write(answerProvider(op, servant)) })
}

// awaitPort returns when the port accepts, since Serve does not tell and never returns.
func awaitPort(port int, failed <-chan error) error {
	deadline := time.Now().Add(startTimeout)
	for time.Now().Before(deadline) {
		connection, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return connection.Close()
		}
		select {
		case err := <-failed:
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
	return fmt.Errorf("port %d does not accept", port)
}

func answerProvider(op object, servant *PeerServant) object {
	reply := object{"id": op["id"], "ok": true}
	switch text(op, "op", "") {
	case "stats":
		reply["value"] = servant.stats()
	case "reset":
		servant.reset()
	case "stop":
		_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
	case "quit":
		os.Exit(0)
	default:
		reply["ok"] = false
		reply["message"] = "no such operation"
	}
	return reply
}
