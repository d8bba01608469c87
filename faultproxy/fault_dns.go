package faultproxy

import "github.com/s3chaos/s3chaos/faultproxy/memnet"

// dns makes the lookup of the endpoint's name fail.
type dns struct {
	As string `yaml:"as"` // nxdomain (default) or temporary
}

// DNSMode is how a lookup fails; "" means [AsNXDomain].
type DNSMode string

// AsNXDomain means that the name does not exist, AsTemporary that the lookup may succeed later.
const (
	AsNXDomain  DNSMode = "nxdomain"
	AsTemporary DNSMode = "temporary"
)

// DNS makes the lookup before every dial fail.
func DNS(as DNSMode) Fault { return &dns{As: string(as)} }

func (f *dns) Kind() string    { return "dns" }
func (f *dns) String() string  { return printFault(f) }
func (f *dns) part(r *Rule)    { r.Fault = f }
func (f *dns) traits() traits  { return traits{stage: stageDial, memoryOnly: true} }
func (f *dns) Validate() error { return oneOf("dns", f.As, "nxdomain", "temporary") }

// UnmarshalText reads the short form `dns: nxdomain`.
func (f *dns) UnmarshalText(text []byte) error { f.As = string(text); return f.Validate() }

func (f *dns) prevent(d *dial) error {
	if f.As == "temporary" {
		return memnet.DNSTemporary(d.host())
	}
	return memnet.NXDomain(d.host())
}
