package planted

import (
	"slices"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// programDefects replace the program of a drill whose client is a program.
func programDefects() []Defect {
	var list []Defect
	for _, d := range []struct{ name, about, shell string }{
		{"program-does-nothing", "ends with success and sends nothing", "exit 0"},
		{
			"program-only-asks", "asks for the endpoint and ends with success",
			"curl --silent ${endpoint}/ >/dev/null; exit 0",
		},
		{
			"program-dies-slowly", "sends a request and hears no signal",
			"trap '' INT TERM; curl --silent ${endpoint}/ >/dev/null; sleep 3; exit 0",
		},
	} {
		list = append(list, Defect{
			Name: d.name, About: d.about,
			plant: func(s *scenarios.Scenario) (*scenarios.Scenario, newClient) {
				if s.Client.Run == nil {
					return nil, nil
				}
				changed := *s
				changed.Client.Run = &script.Command{Shell: d.shell}
				return &changed, nil
			},
		})
	}
	return list
}

// carelessDefects are for the drills of the oracle. Such a drill passes because the oracle sees
// what the careless client does wrong. So the client with another mistake, or without any, must
// fail it.
func carelessDefects() []Defect {
	careless := func(name, about string, ignores ...script.Blindness) Defect {
		return Defect{
			Name: name, About: about,
			plant: func(s *scenarios.Scenario) (*scenarios.Scenario, newClient) {
				if s.Client.Careless == nil || slices.Equal(s.Client.Careless.Ignores, ignores) {
					return nil, nil
				}
				client := *s.Client.Careless
				client.Ignores = ignores
				changed := *s
				changed.Client.Careless = &client
				return &changed, nil
			},
		}
	}
	idle := Defect{
		Name: "careless-and-idle", About: "the careless program does nothing and ends with success",
		plant: func(s *scenarios.Scenario) (*scenarios.Scenario, newClient) {
			if s.Client.Careless == nil || s.Client.Careless.Does == nil {
				return nil, nil
			}
			client := *s.Client.Careless
			client.Does = []script.Intent{}
			changed := *s
			changed.Client.Careless = &client
			return &changed, nil
		},
	}
	return []Defect{
		idle,
		careless("careless-of-nothing", "the careless client without its mistake"),
		careless("careless-of-errors", "the careless client takes a missing response for success", script.BlindErrors),
		careless("careless-of-status", "the careless client takes every status for success", script.BlindStatus),
		careless("careless-of-its-end", "the careless client sends a request when it has returned", script.BlindEnd),
		careless("careless-of-goroutines", "the careless client leaves a goroutine behind", script.BlindGoroutines),
		careless("careless-of-atomicity", "the careless client stores half of an object first", script.BlindAtomicity),
	}
}
