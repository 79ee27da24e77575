//go:build ignore

// Tags requests with their caller, refuses those without one, and counts what comes back.
package main

import "weir"

var tag = "x-tag"

func init() {
	weir.Reads("caller", "method")
	weir.OnConfigure(func(config weir.Config) error {
		if name := config.Get("tag"); name != "" {
			tag = name
		}
		return nil
	})
	weir.OnRequest(func(metadata weir.Metadata, mutation weir.Mutation) weir.Verdict {
		caller := metadata.Get("caller")
		if caller == nil {
			return weir.ReplyError(weir.Denied, "who calls?")
		}
		if string(metadata.Get("method")) == "sayHello" {
			mutation.Set(tag, caller)
		}
		return weir.Continue
	})
	weir.OnResponse(func(weir.Metadata, weir.Mutation) weir.Verdict {
		weir.Counter("answers", 1)
		return weir.Continue
	})
}

func main() {}
