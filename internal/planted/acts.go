package planted

import (
	"context"
	"errors"
	"slices"

	"github.com/s3chaos/s3chaos/scenarios"
)

// whole is a client with the operations that a client may lack.
type whole interface {
	scenarios.Client
	scenarios.ConditionalUploader
	scenarios.Statter
	scenarios.Getter
	scenarios.DirDownloader
	scenarios.DirUploader
	scenarios.Copier
	scenarios.Mover
	scenarios.ManyDeleter
	scenarios.PrefixDeleter
	scenarios.OptionUploader
	scenarios.Resumer
	scenarios.OptionLister
	scenarios.OptionReader
	scenarios.OptionDeleter
	scenarios.OptionCopier
	scenarios.Presigner
	scenarios.PolicyChanger
	scenarios.Caller
}

// An act is one call of a client's method.
type act struct {
	ctx         context.Context
	operation   string
	bucket, key string
	path        string // of the file or directory that is read or written; empty if none is
	client      whole  // the client without the defect
}

// acting is a client whose methods run between the lines of a defect.
type acting struct {
	whole
	around func(a act, do func() error) error
}

// ownWhole returns the drill's own client with all its operations.
func ownWhole(c scenarios.ClientConfig) (whole, error) {
	client, err := own(c)
	if err != nil {
		return nil, err
	}
	good, ok := client.(whole)
	if !ok {
		return nil, errors.New("the client lacks an operation")
	}
	return good, nil
}

// acted returns the drill's own client with something around each of its methods.
func acted(around func(c scenarios.ClientConfig, a act, do func() error) error) newClient {
	return func(c scenarios.ClientConfig) (scenarios.Client, error) {
		good, err := ownWhole(c)
		if err != nil {
			return nil, err
		}
		return acting{good, func(a act, do func() error) error {
			a.client = good
			return around(c, a, do)
		}}, nil
	}
}

// flawed is a defect around the methods of the drill's own client.
func flawed(name, about string, around func(c scenarios.ClientConfig, a act, do func() error) error) Defect {
	return onBuiltin(name, about, acted(around))
}

// onBuiltin is a defect of drills whose client is this project's, which has all operations.
func onBuiltin(name, about string, client newClient) Defect {
	return Defect{
		Name: name, About: about, Gross: slices.Contains(gross, name),
		plant: func(s *scenarios.Scenario) (*scenarios.Scenario, newClient) {
			if !steps(s) || s.Client.SDK != nil {
				return nil, nil
			}
			return s, client
		},
	}
}

// gross are the defects that almost every drill notices.
var gross = []string{
	"does-nothing", "goes-on-after-the-end", "leaves-a-goroutine", "mirror-goes-on-after-the-end", "repeats-itself",
	"reports-failure",
}
