//go:build ignore

// Works through the steps of its configuration with what the kit offers.
package main

import (
	"encoding/hex"
	"strconv"
	"strings"

	"weir"
)

type step struct {
	name  string
	words []string
	bytes [][]byte
}

var request, response, end, later []step

func init() {
	weir.OnConfigure(configure)
	weir.OnRequest(func(metadata weir.Metadata, mutation weir.Mutation) weir.Verdict {
		return work(request, metadata, mutation)
	})
	weir.OnResponse(func(metadata weir.Metadata, mutation weir.Mutation) weir.Verdict {
		return work(response, metadata, mutation)
	})
	weir.OnResume(func(metadata weir.Metadata, mutation weir.Mutation, _ weir.Resume) weir.Verdict {
		return work(later, metadata, mutation)
	})
	weir.OnEnd(func(_ weir.Metadata, outcome weir.Outcome) {
		for _, each := range end {
			weir.Log(weir.Info, string(ended(each, outcome)))
		}
	})
}

func main() {}

func configure(config weir.Config) error {
	list, _ := config["reads"].([]any)
	for _, key := range list {
		name, _ := key.(string)
		weir.Reads(string(unhex(name)))
	}
	weir.Wants(weir.Operation)
	if config["bodies"] == true {
		weir.Wants(weir.RequestBody | weir.ResponseBody)
	}
	if config["beside"] == true {
		weir.Wants(weir.RequestWithResponse)
	}
	request, response = steps(config.Get("request")), steps(config.Get("response"))
	end, later = steps(config.Get("end")), steps(config.Get("resume"))
	return nil
}

func ended(each step, outcome weir.Outcome) []byte {
	switch {
	case each.name == "log":
		return each.bytes[0]
	case each.words[0] == "cluster":
		return outcome.Cluster()
	case each.words[0] == "endpoint":
		return outcome.Endpoint()
	}
	return outcome.ErrorText()
}

func work(steps []step, metadata weir.Metadata, mutation weir.Mutation) weir.Verdict {
	for _, each := range steps {
		act(each, metadata, mutation)
		if verdict, decided := decide(each); decided {
			return verdict
		}
	}
	return weir.Continue
}

func act(s step, metadata weir.Metadata, mutation weir.Mutation) {
	key := func(nth int) string { return string(s.bytes[nth]) }
	switch s.name {
	case "set":
		mutation.Set(key(0), s.bytes[1])
	case "add":
		mutation.Add(key(0), s.bytes[1])
	case "remove":
		mutation.Remove(key(0))
	case "body":
		mutation.Body(s.bytes[0])
	case "copy":
		copyAll(metadata.GetAll(key(0)), key(1), mutation)
	case "copy-from-request":
		copyAll(metadata.Request().GetAll(key(0)), key(1), mutation)
	case "copy-id":
		mutation.SetString(key(0), metadata.RequestID())
	case "copy-body":
		mutation.Set(key(0), metadata.Body())
	case "same-body":
		mutation.Body(metadata.Body())
	case "copy-text":
		mutation.Set(key(1), known(s.words[0], metadata))
	}
}

func known(what string, metadata weir.Metadata) []byte {
	switch what {
	case "operation":
		return metadata.Operation()
	case "listener":
		return metadata.Listener()
	case "peer":
		return metadata.Peer()
	case "protocol":
		return metadata.Protocol()
	}
	return metadata.Problem()
}

func copyAll(values [][]byte, to string, mutation weir.Mutation) {
	for index, value := range values {
		if index == 0 {
			mutation.Set(to, value)
		} else {
			mutation.Add(to, value)
		}
	}
}

func decide(s step) (weir.Verdict, bool) {
	number, err := strconv.Atoi(s.words[0])
	switch s.name {
	case "drop":
		return weir.Drop, true
	case "close":
		return weir.Close, true
	case "pause":
		return weir.Pause(uint32(number)), true
	case "reply-error":
		return weir.ReplyError(weir.Fault(number), string(s.bytes[1])), true
	case "forward":
		timeout := weir.ListenersTime
		if err == nil {
			timeout = uint32(number)
		}
		return weir.Forward(string(s.bytes[1]), timeout), true
	case "reply":
		return weir.Reply(message(s)), true
	}
	return weir.Continue, false
}

func message(s step) (made weir.Message) {
	for i := 1; i+1 < len(s.bytes); i += 2 {
		made.Properties = append(made.Properties, weir.Property{Key: string(s.bytes[i]), Value: s.bytes[i+1]})
	}
	if s.words[0] != "-" {
		made.Body = s.bytes[0]
	}
	return made
}

func steps(line string) (list []step) {
	if line == "" {
		return nil
	}
	for _, part := range strings.Split(line, ";") {
		name, rest, _ := strings.Cut(part, " ")
		words := strings.Split(rest, " ")
		made := step{name: name, words: words}
		for _, word := range words {
			made.bytes = append(made.bytes, unhex(word))
		}
		list = append(list, made)
	}
	return list
}

// What is written as hex; words that are none come to nothing that is used.
func unhex(text string) []byte {
	bytes, err := hex.DecodeString(text)
	if err != nil {
		return nil
	}
	return bytes
}
