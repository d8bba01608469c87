package scenarios

// Bytes is what the object holds at the beginning of a drill with that seed.
func (o *Object) Bytes(seed uint64) []byte {
	return contentOf(o.Content, seed, o.Size, o.Bucket, o.Key)
}
