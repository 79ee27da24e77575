package main

import (
	"bufio"
	"encoding/json"
	"os"
	"sync"
	"syscall"
)

// A line may carry a payload of a megabyte in base64.
const lineSizeMax = 16 << 20

type object = map[string]any

// lines is the protocol on stdin and stdout. The SDK logs to file descriptor 1, which becomes stderr here.
type lines struct {
	mutex sync.Mutex
	out   *os.File
}

func newLines() *lines {
	fd, err := syscall.Dup(1)
	if err != nil {
		panic(err)
	}
	if err := syscall.Dup3(2, 1, 0); err != nil {
		panic(err)
	}
	return &lines{out: os.NewFile(uintptr(fd), "protocol")}
}

func (l *lines) write(line object) {
	bytes, err := json.Marshal(line)
	if err != nil {
		bytes, _ = json.Marshal(object{"id": line["id"], "ok": false, "class": "json", "message": err.Error()})
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	_, _ = l.out.Write(append(bytes, '\n'))
}

// each returns when stdin ends: a peer does not outlive its test.
func (l *lines) each(handle func(op object)) error {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 64<<10), lineSizeMax)
	for in.Scan() {
		op := object{}
		if err := json.Unmarshal(in.Bytes(), &op); err != nil {
			return err
		}
		handle(op)
	}
	return in.Err()
}

func text(op object, key string, otherwise string) string {
	if value, ok := op[key].(string); ok {
		return value
	}
	return otherwise
}

func number(op object, key string, otherwise int) int {
	if value, ok := op[key].(float64); ok {
		return int(value)
	}
	return otherwise
}

func flag(op object, key string) bool {
	value, ok := op[key].(bool)
	return ok && value
}
