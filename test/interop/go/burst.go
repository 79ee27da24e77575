package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"dubbo.apache.org/dubbo-go/v3/common/constant"
)

const (
	messagesMax  = 8
	latenciesMax = 200_000
)

// burst is many calls of nonce from several goroutines; the options and the report are those of Burst.java.
type burst struct {
	service   *PeerClient
	op        object
	prefix    string
	mutex     sync.Mutex
	next      int
	sent      int
	right     int
	wrong     int
	failed    map[string]int
	messages  []string
	latencies []int
}

func newBurst(service *PeerClient, op object) *burst {
	return &burst{
		service: service, op: op, prefix: fmt.Sprintf("%016x", rand.Uint64()), failed: map[string]int{},
		messages: []string{},
	}
}

func (b *burst) run() object {
	start := time.Now()
	var workers sync.WaitGroup
	for range number(b.op, "concurrency", 8) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			b.work(start)
		}()
	}
	workers.Wait()
	slices.Sort(b.latencies)
	return object{
		"sent": b.sent, "ok": b.right, "wrong": b.wrong, "failed": b.failed, "messages": b.messages,
		"ms":    time.Since(start).Milliseconds(),
		"p50Us": b.percentile(0.5), "p99Us": b.percentile(0.99), "maxUs": b.percentile(1),
	}
}

func (b *burst) work(start time.Time) {
	count := number(b.op, "count", math.MaxInt32)
	duration := time.Duration(number(b.op, "durationMs", math.MaxInt32)) * time.Millisecond
	pause := time.Duration(number(b.op, "pauseMs", 0)) * time.Millisecond
	for time.Since(start) < duration {
		b.mutex.Lock()
		index := b.next
		b.next++
		b.mutex.Unlock()
		if index >= count {
			return
		}
		b.one(fmt.Sprintf("%s-%d", b.prefix, index))
		time.Sleep(pause)
	}
}

func (b *burst) one(nonce string) {
	attachments := map[string]any{}
	if ms := number(b.op, "timeoutMs", 0); ms > 0 {
		attachments[constant.TimeoutKey] = fmt.Sprintf("%dms", ms)
	}
	start := time.Now()
	answer, err := b.service.Nonce(context.WithValue(context.Background(), constant.AttachmentKey, attachments), nonce)
	us := int(time.Since(start).Microseconds())
	if err == nil && answer == "" {
		err = errors.New("the answer is null")
	}

	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.sent++
	if len(b.latencies) < latenciesMax {
		b.latencies = append(b.latencies, us)
	}
	switch {
	case err != nil:
		described := object{}
		describe(err, described)
		b.failed[text(described, "class", "")]++
		if len(b.messages) < messagesMax {
			b.messages = append(b.messages, err.Error())
		}
	case answer == nonce:
		b.right++
	default:
		b.wrong++
	}
}

func (b *burst) percentile(share float64) int {
	if len(b.latencies) == 0 {
		return 0
	}
	return b.latencies[max(0, int(math.Ceil(float64(len(b.latencies))*share))-1)]
}
