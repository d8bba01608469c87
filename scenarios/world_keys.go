package scenarios

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// The right keys of every drill, and the beginnings of those that expire.
const (
	accessKey = "AKIAS3CHAOSDRILL0000"
	secretKey = "s3chaos-drill-secret"

	temporaryAccessKey = "ASIAS3CHAOSDRILL"
	temporaryToken     = "s3chaos-drill-token"
)

// A keyring gives the client its credentials, and tells the fake S3 about temporary ones. It is
// safe for concurrent use.
type keyring struct {
	spec   *script.Credentials // nil: the right keys
	fake   *fakes3.Server
	start  time.Time
	offset time.Duration // of the server's clock

	mu      sync.Mutex
	granted int // how many temporary credentials the fake S3 knows
}

func newKeyring(s *Scenario, fake *fakes3.Server) *keyring {
	k := &keyring{spec: s.Client.Credentials, fake: fake, start: time.Now(), offset: s.Server.Clock.Duration}
	k.current()
	return k
}

// temporary reports whether the credentials expire.
func (k *keyring) temporary() bool { return k.spec != nil && k.spec.ExpireAfter > 0 }

// provider returns what the client asks for its credentials.
func (k *keyring) provider() aws.CredentialsProvider {
	if k.spec != nil && k.spec.Anonymous {
		return aws.AnonymousCredentials{}
	}
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return k.current(), nil })
}

// current returns the credentials that the client has, or can get, now. They are empty if the
// client signs nothing.
func (k *keyring) current() aws.Credentials {
	switch c := k.spec; {
	case c == nil:
		return aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: secretKey}
	case c.Anonymous:
		return aws.Credentials{}
	case k.temporary():
		n := 0
		if c.Renewed() {
			n = int(time.Since(k.start) / c.ExpireAfter)
		}
		return k.issue(n)
	default:
		return aws.Credentials{
			AccessKeyID: cmp.Or(c.AccessKey, accessKey), SecretAccessKey: cmp.Or(c.SecretKey, secretKey),
			SessionToken: c.SessionToken,
		}
	}
}

// issue returns the n-th temporary credentials, from 0, and makes the fake S3 accept them until
// they expire.
func (k *keyring) issue(n int) aws.Credentials {
	expires := k.start.Add(time.Duration(n+1) * k.spec.ExpireAfter)
	c := aws.Credentials{
		AccessKeyID:     fmt.Sprintf("%s%04d", temporaryAccessKey, n),
		SecretAccessKey: fmt.Sprintf("%s-%d", secretKey, n),
		SessionToken:    fmt.Sprintf("%s-%d", temporaryToken, n),
	}
	if k.spec.Announces() {
		c.CanExpire, c.Expires = true, expires
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if n >= k.granted {
		k.granted = n + 1
		k.fake.Grant(fakes3.Credentials{
			AccessKey: c.AccessKeyID, SecretKey: c.SecretAccessKey, SessionToken: c.SessionToken,
			Expires: expires.Add(k.offset),
		})
	}
	return c
}

// hide replaces the secrets of the drill in the output of a program.
func (k *keyring) hide(text string) string {
	for _, secret := range secretsOf(k.spec) {
		text = strings.ReplaceAll(text, secret, hidden)
	}
	return text
}

// programKeys returns the variables that give a program its credentials. A program whose
// credentials are renewed asks for them over HTTP, as in a container.
func (w *world) programKeys() ([]string, error) {
	if k := w.keys; k.temporary() && k.spec.Renewed() {
		listener, err := loopback{}.listen("credentials")
		if err != nil {
			return nil, err
		}
		w.keyServer = &http.Server{Handler: k, ErrorLog: silent}
		w.serve(func() error { return w.keyServer.Serve(listener) })
		return []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://" + listener.Addr().String()}, nil
	}
	c := w.keys.current()
	var env []string
	for _, v := range []struct{ name, value string }{
		{"AWS_ACCESS_KEY_ID", c.AccessKeyID},
		{"AWS_SECRET_ACCESS_KEY", c.SecretAccessKey},
		{"AWS_SESSION_TOKEN", c.SessionToken},
	} {
		if v.value != "" {
			env = append(env, v.name+"="+v.value)
		}
	}
	return env, nil
}

// unannounced is how long a program is told that its credentials are valid if it is not told the
// truth. The format of the response needs a time.
const unannounced = 12 * time.Hour

// ServeHTTP answers a program that asks for credentials, in the format of containers: AWS SDKs and
// tools reference guide, "Container credential provider".
func (k *keyring) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	c := k.current()
	if !c.CanExpire {
		c.Expires = time.Now().Add(unannounced)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{ // the program may be gone
		"AccessKeyId": c.AccessKeyID, "SecretAccessKey": c.SecretAccessKey, "Token": c.SessionToken,
		"Expiration": c.Expires.UTC().Format(time.RFC3339),
	})
}
