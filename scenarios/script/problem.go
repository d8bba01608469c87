package script

import "github.com/s3chaos/s3chaos/internal/strictyaml"

type (
	// InputError holds every mistake of one or more scenario files, in its field Problems, ordered
	// by file and then by place. Get it with errors.As. When it is returned, nothing has run. Its
	// Error prints all problems.
	InputError = strictyaml.InputError
	// Problem is one mistake of a scenario file. File, Line and Column are its place; both count
	// from 1, columns in characters, and are 0 if the problem is the file itself. Message says what
	// is wrong. Hint says what to write instead and may be empty. Source is the line, and Width the
	// number of characters in question. Its String prints the line with a caret below.
	Problem = strictyaml.Problem
	// Block remembers the place of a mapping of the file and of each of its keys: see its methods
	// Has and At.
	Block = strictyaml.Block
	// Place is a Line and a Column in a file. Both count from 1, columns in characters. A value
	// that was built in Go has the zero Place.
	Place = strictyaml.Place
)
