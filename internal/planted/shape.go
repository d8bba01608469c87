package planted

import (
	"net/http"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// shapeDefects are the drill's own client with another shape of its requests than the drill
// declares.
func shapeDefects() []Defect {
	var list []Defect
	for _, d := range []struct {
		name, about string
		change      func(b *script.Builtin, sdk *script.SDK)
	}{
		{"does-not-split", "sends each upload in one request", func(b *script.Builtin, sdk *script.SDK) {
			b.PartSize, sdk.PartSize = 5<<30, 0
		}},
		{"copies-in-one-request", "copies a large object in one request", func(b *script.Builtin, _ *script.SDK) {
			b.CopyPartSize = 0
		}},
	} {
		list = append(list, Defect{Name: d.name, About: d.about, plant: inSteps(
			func(c scenarios.ClientConfig) (scenarios.Client, error) {
				builtin, sdk := script.Builtin{}, script.SDK{}
				changed := *c.Scenario
				if changed.Client.Builtin != nil {
					builtin = *changed.Client.Builtin
				}
				if changed.Client.SDK != nil {
					sdk = *changed.Client.SDK
				}
				d.change(&builtin, &sdk)
				if changed.Client.SDK != nil {
					changed.Client.SDK = &sdk
				} else {
					changed.Client.Builtin = &builtin
				}
				c.Scenario = &changed
				return own(c)
			},
		)})
	}
	return append(list, Defect{
		Name: "loops-below", About: "has a second retry loop in its transport", plant: inSteps(loopsBelow),
	})
}

// loopsBelow is a client whose transport sends a request again after a 5xx.
func loopsBelow(c scenarios.ClientConfig) (scenarios.Client, error) {
	return over(wire{again: func(r *http.Response) bool { return r.StatusCode >= 500 }})(c)
}
