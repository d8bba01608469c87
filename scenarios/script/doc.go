// Package script is the format of a scenario file: [Load] and [Parse] read one into a [Scenario].
//
// A Scenario holds what the file says: the objects in a fake S3, the client, the [Step] list, the
// faults, and what is expected ([Expect]). Reading is strict and has three stages. Package
// strictyaml decodes the file into these types. Then Parse sets the defaults. Then the validator
// checks what goes with what. Every mistake of all stages is in one [InputError], with its line and
// a hint.
//
// The package plays nothing. It knows the fault rules because it parses them, and the retry
// settings because it checks them.
package script
