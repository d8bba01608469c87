package script

import (
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// largest is the size limit of each declared content and of all together. The runner holds contents
// in memory, some of them more than once.
const largest Size = 1 << 30

func (v *validator) world() {
	v.buckets()
	v.objects()
	v.files()
	v.server()
}

// regionName is what a region may be called.
var regionName = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

func (v *validator) server() {
	r := &v.s.Server.Region
	at := v.s.Server.ValueSpan("region")
	if r.Decoded() {
		at = r.ValueSpan("name")
	}
	if v.s.Server.Understood("region") && !regionName.MatchString(r.Name) {
		v.Add(at, "write it like eu-west-1", "server.region: %q is not the name of a region", strictyaml.Short(r.Name))
	}
	v.breaks()
	v.proxy()
	if server := &v.s.Server; server.Understood("min_part_size") && server.MinPartSize > largestPart {
		v.Add(server.ValueSpan("min_part_size"), "", "server.min_part_size: S3 allows parts up to %v", largestPart)
	}
}

func (v *validator) files() {
	var paths []string
	for i := range v.s.Files {
		f := &v.s.Files[i]
		v.content(&f.Block, "a file", "files", f.Size, "link_to")
		if !v.below(&f.Block, "path", f.Path, "files.path") {
			continue
		}
		v.link(f)
		clean := filepath.ToSlash(filepath.Clean(f.Path))
		for _, other := range paths {
			switch {
			case other == clean:
				v.Add(f.ValueSpan("path"), "", "files: %q occurs twice", strictyaml.Short(clean))
			case strings.HasPrefix(other, clean+"/"), strings.HasPrefix(clean, other+"/"):
				v.Add(f.ValueSpan("path"), "", "files: %q and %q cannot both be files", strictyaml.Short(other),
					strictyaml.Short(clean))
			default:
				continue
			}
			break
		}
		paths = append(paths, clean)
	}
}

// link checks a symbolic link: it stays below the work directory, and has no mode of its own.
func (v *validator) link(f *File) {
	if !f.Has("link_to") {
		return
	}
	if f.Has("mode") {
		v.Add(f.KeySpan("mode"), "", "files.mode: a link has the mode of its file")
	}
	target := filepath.Join(filepath.FromSlash(f.Path), "..", filepath.FromSlash(f.LinkTo))
	if f.Understood("link_to") && (filepath.IsAbs(filepath.FromSlash(f.LinkTo)) || !filepath.IsLocal(target)) {
		v.Add(f.ValueSpan("link_to"), "", "files.link_to: %q leads out of ${workdir}", strictyaml.Short(f.LinkTo))
	}
}

// content checks that a mapping has either size or content, or one of the other keys, and that the
// drill stays below the size limit. In a load with sizes, an upload needs none of them.
func (v *validator) content(b *strictyaml.Block, what, path string, size Size, orElse ...string) {
	keys := append([]string{"size", "content"}, orElse...)
	if v.loaded == nil || v.loaded.Sizes == nil || slices.ContainsFunc(keys, b.Has) {
		v.exactlyOne(b, what, keys...)
	}
	if !b.Understood("size") {
		return
	}
	before := v.declared
	v.declared += min(size, largest+1)
	switch {
	case size > largest:
		v.Add(b.ValueSpan("size"), "", "%s.size: %v: want at most %v, because contents are held in memory", path, size,
			largest)
	case before <= largest && v.declared > largest:
		v.Add(b.ValueSpan("size"), "",
			"%s.size: with it, all contents exceed %v: want less, because they are held in memory", path, largest)
	}
}

// bucket checks the name of a bucket by the rules of S3.
func (v *validator) bucket(at strictyaml.Span, name, path string) bool {
	fine := len(name) >= 3 && len(name) <= 63 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") == "" &&
		strings.Trim(name[:1]+name[len(name)-1:], ".-") == name[:1]+name[len(name)-1:] &&
		!strings.Contains(name, "..") && net.ParseIP(name) == nil
	if !fine {
		v.Add(at, "3 to 63 characters of a-z, 0-9, '-' and '.', a letter or digit at both ends, and no IP address",
			"%s: %q is not a valid bucket name", path, strictyaml.Short(name))
	}
	return fine
}

// key checks the key of an object that is created.
func (v *validator) key(b *strictyaml.Block, key, path string) bool {
	switch {
	case !b.Understood("key"):
		return false
	case key == "":
		v.Add(b.ValueSpan("key"), "", "%s: it is empty", path)
	case len(key) > 1024:
		v.Add(b.ValueSpan("key"), "", "%s: want at most 1024 bytes, got %d", path, len(key))
	default:
		return true
	}
	return false
}
