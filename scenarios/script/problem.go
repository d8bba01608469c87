package script

import "github.com/s3chaos/s3chaos/internal/strictyaml"

type (
	// InputError holds every mistake of one or more scenario files, in its field Problems, ordered
	// by file and then by place. Get it with errors.As. Nothing has run when it is returned. Its
	// Error prints all problems.
	InputError = strictyaml.InputError
	// Problem is one mistake of a scenario file. Its fields are File, Line and Column (from 1, in
	// characters; 0 where the file itself is the problem), Message, Hint (what to write instead;
	// may be empty), Source (the line) and Width (how many characters are meant). Its String prints
	// the line with a caret below.
	Problem = strictyaml.Problem
	// Block remembers where a mapping of the file and each of its keys stand: see its methods Has
	// and At.
	Block = strictyaml.Block
	// Place is a Line and a Column in a file. Both count from 1, columns in characters. The zero
	// Place belongs to what was built in Go.
	Place = strictyaml.Place
)
