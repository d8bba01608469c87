package faultproxy

import "github.com/s3chaos/s3chaos/faultproxy/journal"

// tlsFault spoils the TLS handshake.
type tlsFault struct {
	As string `yaml:"as"` // expired, wrong_name, untrusted or handshake
}

// TLSMode is what is wrong with a handshake that [TLS] spoils; there is no mode for "".
type TLSMode string

// The certificate is out of date, for another name or by an unknown authority, or the handshake is
// cut.
const (
	AsExpired   TLSMode = "expired"
	AsWrongName TLSMode = "wrong_name"
	AsUntrusted TLSMode = "untrusted"
	AsHandshake TLSMode = "handshake"
)

// TLS spoils the handshake. It needs a proxy that speaks TLS.
func TLS(as TLSMode) Fault { return &tlsFault{As: string(as)} }

func (f *tlsFault) Kind() string   { return "tls" }
func (f *tlsFault) String() string { return printFault(f) }
func (f *tlsFault) part(r *Rule)   { r.Fault = f }
func (f *tlsFault) traits() traits {
	return traits{stage: stageAccept, needsTLS: true, ends: f.As == "handshake"}
}

func (f *tlsFault) Validate() error {
	if f.As == "" {
		return fieldErrorf("tls", "needs one of expired, wrong_name, untrusted, handshake")
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
