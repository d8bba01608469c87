package explain

// Kinds is for tests.
var Kinds = kinds
