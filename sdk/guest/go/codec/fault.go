package codec

// Fault is an error of the proxy, which every protocol says in its way.
type Fault byte

const (
	RouteNotFound Fault = iota + 1
	ClusterNotFound
	NoHealthyUpstream
	UpstreamConnectFailed
	UpstreamReset
	RequestTimeout
	OverLimit
	Denied
	BadRequest
	BadResponse
	PluginFailed
	Overloaded
	Draining
)
