package faultproxy

import "github.com/s3chaos/s3chaos/faultproxy/journal"

// tlsFault makes TLS handshakes fail.
type tlsFault struct {
	As string `yaml:"as"` // expired, wrong_name, untrusted or handshake
}

// TLSMode is why the handshake fails. It has no default.
type TLSMode string

// The certificate has expired, is for another name, or is from an unknown authority; or the proxy
// resets the connection during the handshake.
const (
	AsExpired   TLSMode = "expired"
	AsWrongName TLSMode = "wrong_name"
	AsUntrusted TLSMode = "untrusted"
	AsHandshake TLSMode = "handshake"
)

// TLS makes the handshake fail. It needs a proxy that speaks TLS.
func TLS(as TLSMode) Fault { return &tlsFault{As: string(as)} }

func (f *tlsFault) Kind() string   { return "tls" }
func (f *tlsFault) String() string { return printFault(f) }
func (f *tlsFault) part(r *Rule)   { r.Fault = f }
func (f *tlsFault) traits() traits {
	return traits{stage: stageAccept, needsTLS: true, ends: f.As == "handshake"}
}

func (f *tlsFault) Validate() error {
	if f.As == "" {
		return fieldErrorf("tls", "missing: want expired, wrong_name, untrusted or handshake")
	}
	return oneOf("tls", f.As, "expired", "wrong_name", "untrusted", "handshake")
}

// UnmarshalText reads the short form `tls: expired`.
func (f *tlsFault) UnmarshalText(text []byte) error { f.As = string(text); return f.Validate() }

func (f *tlsFault) accepted(c *conn, _ *activeRule) string {
	if c.handshake(f.As) == nil {
		return journal.EndComplete // the client does not check the certificate
	}
	return journal.EndTLS
}
