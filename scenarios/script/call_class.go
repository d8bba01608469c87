package script

import (
	"context"

	"github.com/s3chaos/s3chaos/internal/glob"
	"github.com/s3chaos/s3chaos/internal/strictyaml"
	"github.com/s3chaos/s3chaos/retry"
)

// ErrorClass is a class of errors as the engine names it.
type ErrorClass string

// ClassOf gives the errors whose text matches a pattern a class.
type ClassOf struct {
	strictyaml.Block `yaml:"-"`
	Text             string     `yaml:"text,required"` // a pattern of the whole text
	Class            ErrorClass `yaml:"class,required"`
}

// errorClasses are the classes by their names.
var errorClasses = map[ErrorClass]retry.Class{
	"unknown": retry.ClassUnknown, "transient": retry.ClassTransient, "throttle": retry.ClassThrottle,
	"timeout": retry.ClassTimeout, "permanent": retry.ClassPermanent, "canceled": retry.ClassCanceled,
}

// Classifier returns a classifier that gives an error the class of the first pattern that its text
// matches, and leaves every other error to the engine. It is nil without a list.
func Classifier(list []ClassOf) retry.Classifier {
	if list == nil {
		return nil
	}
	patterns := make([]glob.Pattern, len(list))
	for i := range list {
		patterns[i] = glob.Compile(list[i].Text)
	}
	return retry.ClassifierFunc(func(_ context.Context, err error) retry.Class {
		for i := range patterns {
			if patterns[i].Match(err.Error()) {
				return errorClasses[list[i].Class]
			}
		}
		return retry.ClassUnknown
	})
}
