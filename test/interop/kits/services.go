//go:build ignore

// Everything that an author has, one word of a request after the other. The other languages say the same.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"weir"
)

var (
	said  []string
	count int
)

func init() {
	weir.Reads("do", "key", "x")
	weir.Wants(weir.RequestBody | weir.StreamBody | weir.Operation | weir.RequestWithResponse | weir.RouteConfig)
	weir.OnConfigure(configure)
	weir.OnRequest(onRequest)
	weir.OnResponse(func(metadata weir.Metadata, mutation weir.Mutation) weir.Verdict {
		mutation.SetString("said", fmt.Sprintf("%s %d", metadata.Request().Get("do"), metadata.Status()))
		return weir.Continue
	})
	weir.OnStreamData(func(metadata weir.Metadata, mutation weir.Mutation) weir.Verdict {
		if string(metadata.Get("do")) == "drop" {
			return weir.Drop
		}
		mutation.Body(append(bytes.Clone(metadata.Body()), '!'))
		return weir.Continue
	})
	weir.OnResume(onResume)
	weir.OnEnd(onEnd)
	weir.Snapshot(func() []byte {
		if count == 0 {
			return nil
		}
		return []byte(strconv.Itoa(count))
	})
	weir.Restore(func(state []byte, version string) error {
		number, err := strconv.Atoi(string(state))
		if err != nil {
			return errors.New("no number from " + version)
		}
		count = number
		return nil
	})
}

func main() {}

func yes(value bool) string {
	if value {
		return "yes"
	}
	return "no"
}

func text(value []byte) string {
	if value == nil {
		return "none"
	}
	return string(value)
}

func joined(values [][]byte) string { return string(bytes.Join(values, []byte(","))) }

func configure(config weir.Config) error {
	word := config.Get("word")
	if word == "bad" {
		return errors.New("that is a bad word")
	}
	times, _ := config["times"].(float64)
	list, _ := config["list"].([]any)
	deep, _ := config["deep"].(map[string]any)
	items := fmt.Sprintf("%v,%v", list[0], list[1])
	said = append(said, fmt.Sprintf("%s %v %s %s %s", word, times+1, yes(config["on"] == true), items, deep["word"]))
	return nil
}

func onRequest(metadata weir.Metadata, mutation weir.Mutation) weir.Verdict {
	word := string(metadata.Get("do"))
	if word == "edit" {
		mutation.Set("a", []byte("1"))
		mutation.Add("a", []byte("2"))
		mutation.Remove("b")
		mutation.Body([]byte("new"))
	}
	if answer, known := does(word, metadata); known {
		mutation.SetString("said", answer)
	}
	return decide(word)
}

func onResume(metadata weir.Metadata, mutation weir.Mutation, resume weir.Resume) weir.Verdict {
	reason := map[weir.Reason]string{weir.Timer: "timer", weir.Answered: "answer", weir.Failed: "failed"}[resume.Reason()]
	phase := "request"
	if resume.Response() {
		phase = "response"
	}
	parts := []string{reason, phase, strconv.Itoa(resume.Pauses()), string(metadata.Get("do"))}
	if answer, there := resume.Answer(); there {
		parts = append(parts, string(answer.Get("word")), string(answer.Body()))
	}
	if resume.Reason() == weir.Failed {
		parts = append(parts, string(resume.Text()))
	}
	mutation.SetString("said", strings.Join(parts, " "))
	return weir.Continue
}

func onEnd(metadata weir.Metadata, o weir.Outcome) {
	is := []any{yes(o.Result() == weir.Errored), yes(o.Error() == weir.RequestTimeout), string(o.ErrorText())}
	numbers := []any{o.Status(), int(o.DurationMs()), int(o.UpstreamMs()), o.RequestBytes(), o.ResponseBytes(), o.Attempts()}
	places := []any{string(o.Cluster()), string(o.Endpoint())}
	bits := []any{yes(o.LateReply()), yes(o.DownstreamGone()), yes(o.Dropped()), yes(o.Retried())}
	line := string(metadata.Get("do"))
	for _, part := range append(append(append(is, numbers...), places...), bits...) {
		line += fmt.Sprintf("|%v", part)
	}
	weir.Log(weir.Info, line)
}

func does(word string, m weir.Metadata) (string, bool) {
	switch word {
	case "about":
		return fmt.Sprintf("%s|%s|%d|%d|%s|%s|%s", m.Operation(), m.RequestID(), m.Size(), m.Status(), m.Listener(),
			m.Peer(), m.Protocol()), true
	case "keys":
		return strings.Join(m.Keys(), ","), true
	case "has":
		return yes(m.Has("key")) + " " + yes(m.Has("x")), true
	case "get":
		return text(m.Get("key")) + " " + text(m.Get("x")), true
	case "all":
		return joined(m.GetAll("key")) + "|" + joined(m.GetAll("x")), true
	case "config":
		return said[m.Config()], true
	case "now":
		return strconv.Itoa(int(weir.Now() / 1000)), true
	case "random":
		drawn := weir.Random()
		return yes(drawn >= 0 && drawn < 1), true
	case "body":
		return string(m.Body()), true
	case "count":
		count++
		return strconv.Itoa(count), true
	case "store":
		return stored(), true
	case "log":
		weir.Log(weir.Debug, "d")
		weir.Log(weir.Info, "i")
		weir.Log(weir.Warn, "w")
		weir.Log(weir.Error, "e")
		return "", true
	case "counter":
		weir.Counter("seen", 2)
		weir.Counter("seen", 1)
		return "", true
	}
	return "", false
}

func stored() string {
	store := weir.Store
	notes := []any{
		yes(store.Set("a", []byte("1"), 0)),
		yes(store.Cas("a", []byte("2"), []byte("3"), 0)),
		yes(store.Cas("a", []byte("1"), []byte("3"), 0)),
		text(store.Get("a")),
		store.Add("n", 2, 0),
		store.Add("n", 1, 0),
		store.Add("a", 1, 0),
	}
	store.Delete("a")
	notes = append(notes, text(store.Get("a")))
	notes = append(notes, yes(store.Cas("a", nil, []byte("x"), 0)))
	notes = append(notes, yes(store.Cas("a", nil, []byte("y"), 0)))
	notes = append(notes, yes(store.Set("b", []byte("brief"), 10)), len(store.Get("long")))
	return strings.TrimSuffix(fmt.Sprintln(notes...), "\n")
}

func decide(word string) weir.Verdict {
	asked := weir.Message{Properties: []weir.Property{{Key: "q", Value: []byte("1")}}, Body: []byte("ask")}
	made := weir.Message{Properties: []weir.Property{{Key: "k", Value: []byte("v")}}, Body: []byte("made")}
	switch word {
	case "drop":
		return weir.Drop
	case "close":
		return weir.Close
	case "refuse":
		return weir.ReplyError(weir.Denied, "no")
	case "reply":
		return weir.Reply(made)
	case "forward":
		return weir.Forward("other", 70)
	case "pause":
		return weir.Pause(10)
	case "call":
		return weir.Call("other", asked, 50)
	}
	return weir.Continue
}
