package scenarios_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

// signedDrill downloads the same object twice, a minute apart, with the credentials.
const signedDrill = `objects: [{bucket: demo, key: a, size: 1KiB}]
%sclient: {builtin: {}, credentials: %s}
steps:
  - download: {bucket: demo, key: a}
  - wait: 1m
  - download: {bucket: demo, key: a}
expect: {outcome: any}
`

func TestClientSignsWithTheCredentialsOfTheDrill(t *testing.T) {
	for _, c := range []struct {
		server, credentials string
		builtin, sdk        string // the codes of the two downloads
	}{
		{"", "{secret_key: wrong}", "SignatureDoesNotMatch SignatureDoesNotMatch", ""},
		{"", "{access_key: AKIAOTHER}", "InvalidAccessKeyId InvalidAccessKeyId", ""},
		{"", "{session_token: stale}", "InvalidToken InvalidToken", ""},
		{"", "anonymous", "AccessDenied AccessDenied", ""},
		{"server: {auth: false}\n", "anonymous", " ", ""},
		{"", "{expire_after: 1m}", " ", ""},
		{"", "{expire_after: 61s, renew: false}", " ", ""},
		{"", "{expire_after: 1m, renew: false}", " ExpiredToken", ""},
		{"", "{expire_after: 1m, renew: false, announced: false}", " ExpiredToken", ""},
		{"", "{expire_after: 1m, announced: false}", " ", " ExpiredToken"},
		{"server: {clock: -1h}\n", "{expire_after: 1m}", " ", ""},
		{"server: {clock: 1h}\n", "{expire_after: 1m, renew: false}", " ExpiredToken", ""},
	} {
		s := drill(t, fmt.Sprintf(signedDrill, c.server, c.credentials))
		for client, want := range map[string]string{"builtin": c.builtin, "sdk": c.sdk} {
			if want == "" {
				want = c.builtin
			}
			r := scenarios.Run(context.Background(), s, scenarios.Options{Client: client})
			require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
			var codes []string
			for _, step := range []int{0, 2} {
				codes = append(codes, r.Steps[step].ErrorCode)
			}
			require.Equal(t, want, strings.Join(codes, " "), "%s %s of %s", c.server, c.credentials, client)
		}
	}
}

func TestSecretsOfADrillReachNoReport(t *testing.T) {
	secrets := []string{"my-own-secret", "my-own-token", "s3chaos-drill-secret", "s3chaos-drill-token"}
	for _, text := range []string{
		fmt.Sprintf(signedDrill, "", "{secret_key: my-own-secret, session_token: my-own-token}"),
		fmt.Sprintf(signedDrill, "", "{expire_after: 1m}"),
		"client: {run: \"env; env >&2; exit 1\", credentials: {secret_key: my-own-secret, session_token: my-own-token}}\n" +
			"expect: {attempts: 0, exit_code: 0}\n",
		"client: {run: \"env; env >&2; exit 1\", credentials: {expire_after: 1h, renew: false}}\n" +
			"expect: {attempts: 0, exit_code: 0}\n",
	} {
		r := scenarios.Run(context.Background(), drill(t, strings.Replace(text, "outcome: any", "outcome: failure", 1)),
			scenarios.Options{})
		var out bytes.Buffer
		fmt.Fprintf(&out, "%+v", r)
		for _, format := range report.Formats() {
			w, err := report.New(format, &out, report.Options{})
			require.NoError(t, err)
			require.NoError(t, w.Drill(r))
			require.NoError(t, w.Close())
		}
		if r.Client == "run" {
			require.Contains(t, r.Stdout, "AWS_SECRET_ACCESS_KEY=REDACTED")
		}
		for _, secret := range secrets {
			require.NotContains(t, out.String(), secret)
		}
	}
}

// What a client does with its secrets is in the journal, in its errors and in what it writes.
func TestSecretsThatAClientShowsAreHiddenByValue(t *testing.T) {
	const credentials = "credentials: {secret_key: my-own/secret, session_token: my-own-token}"
	for name, text := range map[string]string{
		"program": "client: {run: 'curl -s -A \"tool/$AWS_SESSION_TOKEN\" " +
			"\"${endpoint}/demo/$AWS_SESSION_TOKEN?x=my-own%2Fsecret\" \"${endpoint}/$AWS_SECRET_ACCESS_KEY\"; " +
			"echo $AWS_SESSION_TOKEN >&2; exit 1', " + credentials + "}\nexpect: {exit_code: 0}\n",
		"steps": "client: {builtin: {}, " + credentials + "}\n" +
			"steps:\n  - get: {bucket: demo, key: my-own-token}\n" +
			"  - call: {name: my-own-token, attempts: [{error: {text: my-own/secret}}]}\n",
	} {
		var kept string
		r := scenarios.Run(context.Background(), drill(t, text), scenarios.Options{
			Keep: func(_ *scenarios.Scenario, r *scenarios.Result, _ string) error {
				kept = fmt.Sprintf("%+v", r)
				return nil
			},
		})
		require.Equal(t, scenarios.Fail, r.Verdict)
		require.NotEmpty(t, r.Journal)
		var out bytes.Buffer
		for _, format := range report.Formats() {
			w, err := report.New(format, &out, report.Options{})
			require.NoError(t, err)
			require.NoError(t, w.Drill(r))
			require.NoError(t, w.Close())
		}
		for _, secret := range []string{"my-own/secret", "my-own%2Fsecret", "my-own-token"} {
			require.NotContains(t, fmt.Sprintf("%+v", r), secret, name)
			require.NotContains(t, kept, secret, name)
			require.NotContains(t, out.String(), secret, name)
		}
	}
}

func TestProgramGetsItsCredentials(t *testing.T) {
	for credentials, want := range map[string][]string{
		"{access_key: AKIAOTHER}": {"AWS_ACCESS_KEY_ID=AKIAOTHER", "AWS_SECRET_ACCESS_KEY="},
		"{expire_after: 1h, renew: false}": {
			"AWS_ACCESS_KEY_ID=ASIAS3CHAOSDRILL0000", "AWS_SESSION_TOKEN=",
		},
		"{expire_after: 1h}": {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:"},
		"anonymous":          {"AWS_REGION="},
	} {
		r := scenarios.Run(context.Background(), drill(t, "client: {run: env, credentials: "+credentials+"}\n"+
			"expect: {attempts: 0}\n"), scenarios.Options{})
		require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
		for _, name := range want {
			require.Contains(t, r.Stdout, "\n"+name)
		}
		for _, name := range []string{
			"AWS_ACCESS_KEY_ID=", "AWS_SESSION_TOKEN=", "AWS_CONTAINER_CREDENTIALS_FULL_URI=",
		} {
			given := strings.Contains(strings.Join(want, "\n"), name)
			require.Equal(t, given, strings.Contains(r.Stdout, "\n"+name), "%s of %s", name, credentials)
		}
	}
}
