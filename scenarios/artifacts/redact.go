package artifacts

import (
	"os"
	"regexp"
	"strings"
)

// hidden replaces a secret.
const hidden = "REDACTED"

// secretText matches secrets that are recognized by the text before them: signatures and tokens in
// headers, queries and settings.
var secretText = regexp.MustCompile(`(?i)((?:x-amz-signature|x-amz-security-token|x-amz-credential)(?:=|:\s*|%3D)` +
	`|aws_secret_access_key["']?\s*[=:]\s*["']?|aws_session_token["']?\s*[=:]\s*["']?` +
	`|signature=|authorization:\s*(?:bearer|basic)\s+)[^\s"'&,;<>]+`)

// secretName matches the names of environment variables that hold secrets.
var secretName = regexp.MustCompile(`(?i)(secret|token|password|passwd|credential|private_key|api_key)`)

// shortest is the length of the shortest value of a variable that counts as a secret: a shorter one
// would be found in innocent text.
const shortest = 8

// Redact replaces signatures, tokens and secret keys, and the values of environment variables of
// this process whose names say that they are secret.
func Redact(text []byte) []byte {
	text = secretText.ReplaceAll(text, []byte("${1}"+hidden))
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if secretName.MatchString(name) && len(value) >= shortest {
			text = []byte(strings.ReplaceAll(string(text), value, hidden))
		}
	}
	return text
}
