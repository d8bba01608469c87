package script

import (
	"reflect"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Credentials are what the client signs with, in place of the keys that the server knows.
type Credentials struct {
	strictyaml.Block `yaml:"-"`
	Anonymous        bool `yaml:"-"` // the client signs nothing

	// Wrong keys. An empty field is that of the right keys.
	AccessKey    string `yaml:"access_key"`
	SecretKey    string `yaml:"secret_key"`
	SessionToken string `yaml:"session_token"`

	// ExpireAfter makes the credentials temporary: the server refuses them from this scenario time
	// on, and with Renew the next ones after as long again. Zero: they do not expire.
	ExpireAfter time.Duration `yaml:"expire_after,positive"`
	Renew       *bool         `yaml:"renew"`     // the client can get new ones; default true
	Announced   *bool         `yaml:"announced"` // the client is told when they expire; default true
}

// Renewed reports whether the client gets new credentials after the old ones have expired.
func (c *Credentials) Renewed() bool { return c.Renew == nil || *c.Renew }

// Announces reports whether the client is told when the credentials expire.
func (c *Credentials) Announces() bool { return c.Announced == nil || *c.Announced }

// Secrets returns the texts that must not appear in a report.
func (c *Credentials) Secrets() []string {
	var secrets []string
	for _, text := range []string{c.SecretKey, c.SessionToken} {
		if text != "" {
			secrets = append(secrets, text)
		}
	}
	return secrets
}

// decodeNode reads the word anonymous, or a mapping.
func (c *Credentials) decodeNode(d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	if n.Kind == yaml.ScalarNode && n.Value == "anonymous" {
		c.Place, c.Anonymous = strictyaml.PlaceOf(n), true
		return true
	}
	if n.Kind != yaml.MappingNode {
		d.Mismatch(n, "anonymous or a mapping", path)
		return false
	}
	return d.Mapping(n, reflect.ValueOf(c).Elem(), path, nil)
}

func (v *validator) credentials(c *Credentials) {
	client := &v.s.Client
	if client.Has("careless") {
		v.Add(client.KeySpan("credentials"), "", "client.credentials: the careless client signs nothing")
		return
	}
	if !client.Understood("credentials") || c.Anonymous {
		return
	}
	if c.Empty() {
		v.Add(strictyaml.Span{Place: c.Place}, "write anonymous, or say what the client signs with",
			"client.credentials: it is empty")
	}
	for _, key := range []string{"access_key", "secret_key", "session_token"} {
		switch text := map[string]string{
			"access_key": c.AccessKey, "secret_key": c.SecretKey, "session_token": c.SessionToken,
		}[key]; {
		case !c.Has(key):
		case c.Has("expire_after"):
			v.Add(c.KeySpan(key), "", "client.credentials: want either wrong keys or expire_after, got both")
		case c.Understood(key) && !isPrintable(text):
			v.Add(c.ValueSpan(key), "", "client.credentials.%s: want printable ASCII without spaces", key)
		}
	}
	for _, key := range []string{"renew", "announced"} {
		if c.Has(key) && !c.Has("expire_after") {
			v.Add(c.KeySpan(key), "", "client.credentials.%s: it needs expire_after", key)
		}
	}
}

// isPrintable reports whether a text can stand in a signature and in an environment.
func isPrintable(text string) bool {
	for _, c := range []byte(text) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return text != ""
}
