// plugin-name: tells the service who called, and refuses who is banned.
package main

import "weir"

var banned string

func init() {
	weir.Reads("caller")
	// Called once, with the configuration; an error says what is wrong with it.
	weir.OnConfigure(func(config weir.Config) error {
		banned = config.Get("banned")
		return nil
	})
	weir.OnRequest(tell)
}

// Called with every request; `mutation` changes what goes on to the service.
func tell(metadata weir.Metadata, mutation weir.Mutation) weir.Verdict {
	caller := string(metadata.Get("caller"))
	if caller == "" {
		caller = "nobody"
	}
	if caller == banned {
		return weir.ReplyError(weir.Denied, caller+" may not call")
	}
	mutation.SetString("plugin-name", caller)
	return weir.Continue
}

func main() {}
