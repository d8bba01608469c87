package scenarios

// Fault is one rule of the script, and where it stands.
type Fault struct {
	Block `yaml:"-"`
}
