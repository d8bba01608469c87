package script

import (
	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

func (v *validator) intent() {
	s := v.s
	if c := s.Client.Careless; c != nil && c.Does != nil {
		v.eachIntent(c.Does, "client.careless.does")
	}
	if s.Has("intent") && s.Client.Decoded() && !s.Client.Program() {
		v.Add(s.KeySpan("intent"), "", "intent: the steps say what a %s client does; only a program has intents",
			s.Client.Kind())
		return
	}
	if s.Understood("intent") && len(s.Intent) == 0 && s.Has("intent") {
		v.Add(s.KeySpan("intent"), "leave it out", "intent: it is empty")
	}
	v.eachIntent(s.Intent, "intent")
}

func (v *validator) eachIntent(list []Intent, at string) {
	for n := range list {
		i := &list[n]
		if !v.exactlyOne(&i.Block, "an intent", intents...) {
			continue
		}
		path := at + "." + i.Operation()
		if at != "intent" && (i.Mirrors != nil || i.Keeps != nil) {
			v.Add(i.KeySpan(i.Operation()), "", "%s: a careless client cannot do that", path)
			continue
		}
		switch {
		case i.Reads != nil:
			v.object(&i.Reads.Block, i.Reads.Bucket, i.Reads.Key, path)
			v.ranged(&i.Reads.Block, i.Reads.Range, path)
			v.below(&i.Reads.Block, "to", i.Reads.To, path+".to")
		case i.Writes != nil:
			v.object(&i.Writes.Block, i.Writes.Bucket, i.Writes.Key, path)
			v.below(&i.Writes.Block, "from", i.Writes.From, path+".from")
		case i.Deletes != nil:
			v.exactlyOne(&i.Deletes.Block, path, "key", "prefix")
			v.bucketNamed(&i.Deletes.Block, i.Deletes.Bucket, path)
		case i.Lists != nil:
			v.bucketNamed(&i.Lists.Block, i.Lists.Bucket, path)
			if i.Lists.Understood("stdout") && i.Lists.Stdout == "" {
				v.Add(i.Lists.ValueSpan("stdout"), "write lines, or a path such as Contents[].Key",
					"%s.stdout: it is empty", path)
			}
		case i.Copies != nil:
			v.copies(i.Copies, path)
		case i.Moves != nil:
			v.copies(i.Moves, path)
		case i.Mirrors != nil:
			v.mirrors(i.Mirrors, path)
		case i.Keeps != nil:
			v.location(&i.Block, "keeps", i.Keeps, path)
		}
	}
}

func (v *validator) object(b *strictyaml.Block, bucket, key, path string) {
	v.bucketNamed(b, bucket, path)
	v.key(b, key, path+".key")
}

func (v *validator) bucketNamed(b *strictyaml.Block, bucket, path string) {
	if b.Understood("bucket") {
		v.bucket(b.ValueSpan("bucket"), bucket, path+".bucket")
	}
}

func (v *validator) copies(c *Copies, path string) {
	from, to := v.location(&c.Block, "from", &c.From, path+".from"), v.location(&c.Block, "to", &c.To, path+".to")
	if from && to && c.From.Bucket == "" && c.To.Bucket == "" {
		v.Add(c.KeySpan("to"), "", "%s: from and to are files: want an object as one of them", path)
	}
}

// location checks that the location is either a file or an object.
func (v *validator) location(b *strictyaml.Block, key string, l *Location, path string) bool {
	switch {
	case !b.Understood(key):
		return false
	case l.plain:
		return v.below(b, key, l.File, path)
	case !v.exactlyOne(&l.Block, path, "file", "bucket"):
		return false
	case l.Has("file"):
		return v.below(&l.Block, "file", l.File, path+".file")
	case !l.Has("key") || l.Has("prefix"):
		v.Add(strictyaml.Span{Place: l.Place}, "write a path, {file: path} or {bucket: b, key: k}",
			"%s: want a file or an object", path)
		return false
	}
	v.object(&l.Block, l.Bucket, l.Key, path)
	return true
}

// mirrors checks that one side is a folder and the other is a bucket or a prefix of it.
func (v *validator) mirrors(m *Mirrors, path string) {
	if !m.Understood("from") || !m.Understood("to") {
		return
	}
	trees := 0
	for _, side := range []struct {
		key string
		l   *Location
	}{{"from", &m.From}, {"to", &m.To}} {
		at := path + "." + side.key
		switch l := side.l; {
		case l.plain:
			trees++
			v.below(&m.Block, side.key, l.File, at)
		case !v.exactlyOne(&l.Block, at, "file", "bucket"):
			return
		case l.Has("file"):
			trees++
			v.below(&l.Block, "file", l.File, at+".file")
		case l.Has("key"):
			v.Add(l.KeySpan("key"), "write prefix", "%s.key: want a prefix, because a mirror has many keys", at)
			return
		default:
			v.bucketNamed(&l.Block, l.Bucket, at)
		}
	}
	if trees != 1 {
		v.Add(m.KeySpan("to"), "write for example from: folder, to: {bucket: b, prefix: p/}",
			"%s: want a folder and a bucket as from and to", path)
	}
}
