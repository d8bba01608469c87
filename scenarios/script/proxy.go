package script

import "github.com/s3chaos/s3chaos/internal/strictyaml"

// ProxySettings says how the proxy of a drill works.
type ProxySettings struct {
	strictyaml.Block `yaml:"-"`
	// Digests makes the proxy compute checksums of all bodies for the journal. Nil: true. Without
	// them it forwards bodies the shorter way, as `chaos serve` does.
	Digests *bool `yaml:"digests"`
	// Endpoint says whether the options of a run may change how clients reach the proxy. Empty:
	// they may.
	Endpoint ProxyEndpoint `yaml:"endpoint"`
}

// ProxyEndpoint says whether the options of a run may change an endpoint.
type ProxyEndpoint string

// EndpointFixed means that the drill is about the endpoint as it is: the options of a run do not
// let the proxy speak TLS, nor put buckets into host names.
const EndpointFixed ProxyEndpoint = "fixed"

// HasDigests reports whether the proxy computes checksums of bodies.
func (p *ProxySettings) HasDigests() bool { return p.Digests == nil || *p.Digests }

// proxy checks that a drill without digests needs none: the journal learns from the digest of a
// DeleteObjects which keys it names, and a program may send one whatever it is asked for.
func (v *validator) proxy() {
	if v.s.Proxy.HasDigests() {
		return
	}
	if v.s.Client.Has("run") {
		v.Add(v.s.Client.KeySpan("run"), "leave out proxy.digests",
			"client.run: without digests the journal does not know which keys the program deletes")
	}
	eachStep(v.s.Steps, func(s *Step) {
		if s.DeleteMany != nil || s.DeletePrefix != nil || s.Mirrors() {
			v.Add(s.KeySpan(s.Operation()), "leave out proxy.digests",
				"steps.%s: without digests the journal does not know which keys it deletes", s.Operation())
		}
	})
}
