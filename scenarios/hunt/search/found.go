package search

import (
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/hunt/found"
)

// Found is a finding with the smallest script that shows it.
type Found struct {
	Type   string         `json:"type"` // "found"
	Coarse hunt.Signature `json:"coarse"`
	Fine   hunt.Signature `json:"fine"`
	*found.Found
	Client string `json:"client"`
	Number int    `json:"number"` // of the script in the search, from 1
}
