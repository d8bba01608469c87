package script

import "reflect"

// Values returns the words of a type of the format that has only a few, such as [Clock], or nil.
func Values(t reflect.Type) []string { return format.Types[t].Values() }
