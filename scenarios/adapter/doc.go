// Package adapter describes S3 clients that are programs, such as rclone or aws: how a program is
// called for each step of a drill, and how its output is read. An [Adapter] is a small YAML file.
// [Find] returns one that ships with the project, or reads one from a path.
//
// An adapter has one of two forms. With `steps`, each step is a process of its own. With `session`,
// one process lives as long as the drill: it gets each step as a line of JSON on its standard
// input, and answers with a line of JSON; see [Call] and [Answer].
//
// The package starts nothing. Package scenarios runs the commands.
package adapter
