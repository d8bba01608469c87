package scenarios

import (
	"context"
	"fmt"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file has the operations that not every client has. A [Client] that has one implements its
// interface. A drill with a step that its client cannot take is not played: its verdict is skip,
// and the reason names the operation.

// A Statter is a [Client] that takes `stat` steps.
type Statter interface {
	// Stat returns the size of the object in bytes.
	Stat(ctx context.Context, bucket, key string) (size int64, err error)
}

// A Copier is a [Client] that takes `copy` steps.
type Copier interface {
	// Copy lets S3 store one object as another.
	Copy(ctx context.Context, fromBucket, fromKey, toBucket, toKey string) error
}

// A ManyDeleter is a [Client] that takes `delete_many` steps.
type ManyDeleter interface {
	// DeleteMany deletes objects. With an error, failed names the keys that the client does not
	// call deleted; none: all of them.
	DeleteMany(ctx context.Context, bucket string, keys []string) (failed []string, err error)
}

// optionalOperations tells, for each operation that a client may lack, whether it has it.
var optionalOperations = map[string]func(Client) bool{
	"stat":        has[Statter],
	"copy":        has[Copier],
	"delete_many": has[ManyDeleter],
}

func has[T any](c Client) bool {
	_, ok := c.(T)
	return ok
}

// lacking is the reason to skip a drill.
type lacking struct {
	step      string
	line      int
	operation string
}

func (l *lacking) Error() string {
	return fmt.Sprintf("step %s: the client has no %s", l.step, l.operation)
}

// able returns a *lacking for the first step that the client cannot take.
func able(c Client, s *script.Scenario) error {
	var missing *lacking
	s.EachStep(func(step *script.Step) {
		operation := step.Operation()
		if can, optional := optionalOperations[operation]; optional && !can(c) && missing == nil {
			missing = &lacking{step.ID, step.Line, operation}
		}
	})
	if missing == nil {
		return nil
	}
	return missing
}
