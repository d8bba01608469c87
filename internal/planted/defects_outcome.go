package planted

import (
	"errors"

	"github.com/s3chaos/s3chaos/scenarios"
)

var errPlanted = errors.New("the client says that it failed")

// outcomeDefects are clients that report something else than what happened, or do too much or too
// little.
func outcomeDefects() []Defect {
	return []Defect{
		flawed(
			"reports-success", "reports success whatever happened",
			func(_ scenarios.ClientConfig, _ act, do func() error) error {
				_ = do()
				return nil
			},
		),
		flawed(
			"reports-failure", "reports failure whatever happened",
			func(_ scenarios.ClientConfig, _ act, do func() error) error {
				return errors.Join(do(), errPlanted)
			},
		),
		flawed(
			"loses-the-cause", "reports an error without its cause",
			func(_ scenarios.ClientConfig, _ act, do func() error) error {
				if do() != nil {
					return errPlanted
				}
				return nil
			},
		),
		flawed(
			"does-nothing", "reports success and sends nothing",
			func(scenarios.ClientConfig, act, func() error) error { return nil },
		),
		flawed(
			"repeats-itself", "does everything a second time",
			func(_ scenarios.ClientConfig, _ act, do func() error) error {
				return errors.Join(do(), do())
			},
		),
		flawed(
			"tries-again-itself", "has a second loop around the first",
			func(_ scenarios.ClientConfig, _ act, do func() error) error {
				err := do()
				for range 2 {
					if err == nil {
						return nil
					}
					err = do()
				}
				return err
			},
		),
	}
}
