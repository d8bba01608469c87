package scenarios

import "github.com/s3chaos/s3chaos/scenarios/script"

// This file gives conditional writes the ETag that `if_match: current` stands for.

// noETag is the ETag in place of a missing object's. No object has it, so S3 refuses the write.
const noETag = `"00000000000000000000000000000000"`

// condition returns the precondition of a step's write as the client sends it.
func (p *player) condition(n *node, s *script.Step, c script.Condition) Condition {
	when := Condition{IfNoneMatch: c.IfNoneMatch, IfMatch: c.IfMatch}
	if when.IfMatch == script.CurrentETag {
		when.IfMatch = n.etag
		if when.IfMatch == "" {
			when.IfMatch = p.currentETag(s)
		}
	}
	return when
}

// currentETag returns the ETag of the object that the step writes, or noETag if it does not exist.
func (p *player) currentETag(s *script.Step) string {
	bucket, key := s.Target()
	if key == "" {
		return noETag
	}
	return p.etagOf(bucket, p.world.prefix+key)
}

// etagOf returns the ETag of an object, or noETag if it does not exist.
func (p *player) etagOf(bucket, key string) string {
	if object, ok := p.world.fake.SharedObject(bucket, key); ok {
		return object.ETag
	}
	return noETag
}
