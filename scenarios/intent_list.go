package scenarios

import (
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/internal/stdout"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// listed returns the keys that a program printed, one on each line or at a path of a JSON document.
// It adds the prefix to a name that lacks it. An output that is not JSON gives no keys.
func listed(output, how, prefix string) []string {
	if how == script.StdoutLines {
		return stdout.Below(stdout.Lines(output), prefix)
	}
	values, _ := stdout.JSON(output, strings.TrimPrefix(how, "json ")) // the oracle judges what is missing
	var names []string
	for _, value := range values {
		if name, ok := value.(string); ok {
			names = append(names, name)
		}
	}
	return stdout.Below(names, prefix)
}
