package fakes3

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"net/http"
	"strconv"
	"strings"
)

const (
	headerContentMD5        = "Content-Md5"
	headerContentSHA256     = "X-Amz-Content-Sha256"
	headerChecksumAlgorithm = "X-Amz-Checksum-Algorithm"
	headerChecksumType      = "X-Amz-Checksum-Type"
	headerChecksumMode      = "X-Amz-Checksum-Mode"

	typeFullObject = "FULL_OBJECT"
	typeComposite  = "COMPOSITE"
)

// algorithm is one of S3's additional checksums.
type algorithm struct {
	name   string // as in x-amz-checksum-algorithm
	header string // that carries a sum, canonical
	size   int    // bytes of a sum
	make   func() hash.Hash
	linear bool // may cover a whole multipart object
}

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	// nvme is the polynomial of the NVM Express specification, reflected.
	nvme = crc64.MakeTable(0x9a6c9329ac4bc9b5)

	crc64NVME = &algorithm{"CRC64NVME", "X-Amz-Checksum-Crc64nvme", 8, func() hash.Hash { return crc64.New(nvme) }, true}

	algorithms = []*algorithm{
		{"CRC32", "X-Amz-Checksum-Crc32", 4, func() hash.Hash { return crc32.NewIEEE() }, true},
		{"CRC32C", "X-Amz-Checksum-Crc32c", 4, func() hash.Hash { return crc32.New(castagnoli) }, true},
		crc64NVME,
		{"SHA1", "X-Amz-Checksum-Sha1", sha1.Size, sha1.New, false},
		{"SHA256", "X-Amz-Checksum-Sha256", sha256.Size, sha256.New, false},
	}
)

func algorithmNamed(name string) *algorithm {
	for _, a := range algorithms {
		if strings.EqualFold(a.name, name) {
			return a
		}
	}
	return nil
}

func (a *algorithm) sum(content ...[]byte) []byte {
	h := a.make()
	for _, part := range content {
		h.Write(part)
	}
	return h.Sum(nil)
}

// checksum is a sum as S3 keeps it beside an object or a part.
type checksum struct {
	algorithm *algorithm
	sum       []byte
	kind      string // typeFullObject or typeComposite
	parts     int    // of a composite
}

func (c *checksum) String() string {
	text := base64.StdEncoding.EncodeToString(c.sum)
	if c.kind == typeComposite {
		text += "-" + strconv.Itoa(c.parts)
	}
	return text
}

func (c *checksum) write(h http.Header) {
	h.Set(c.algorithm.header, c.String())
	h.Set(headerChecksumType, c.kind)
}

// declaredChecksum finds the one checksum a request gives in a header or in its
// trailer, and nil when it gives none.
func declaredChecksum(h http.Header, trailer map[string]string) (*algorithm, string, error) {
	var found *algorithm
	var text string
	for _, a := range algorithms {
		given := h.Get(a.header)
		if fromTrailer, ok := trailer[strings.ToLower(a.header)]; ok {
			given = fromTrailer
		}
		if given == "" {
			continue
		}
		if found != nil {
			return nil, "", failuref(codeInvalidRequest, "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
		}
		found, text = a, given
	}
	promised := h.Get("X-Amz-Sdk-Checksum-Algorithm")
	if promised == "" {
		return found, text, nil
	}
	a := algorithmNamed(promised)
	switch {
	case a == nil && strings.EqualFold(promised, "MD5"):
		return found, text, nil
	case a == nil:
		return nil, "", failuref(codeInvalidRequest, "Value for x-amz-sdk-checksum-algorithm header is invalid.")
	case found == nil && h.Get(headerContentMD5) == "":
		return nil, "", failuref(codeInvalidRequest, "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.")
	case found != nil && a != found:
		return nil, "", failuref(codeInvalidRequest, "Value for x-amz-sdk-checksum-algorithm header is invalid.")
	}
	return found, text, nil
}

// verify checks everything a request says about its content, and returns the
// additional checksum it gave, or nil.
func verify(h http.Header, trailer map[string]string, content []byte) (*checksum, error) {
	if values, ok := h[headerContentMD5]; ok {
		want, err := base64.StdEncoding.DecodeString(values[0])
		if err != nil || len(want) != md5.Size {
			return nil, failure(codeInvalidDigest).with("Content-MD5", values[0])
		}
		if got := md5.Sum(content); string(got[:]) != string(want) {
			return nil, failure(codeBadDigest).
				with("ExpectedDigest", values[0]).
				with("CalculatedDigest", base64.StdEncoding.EncodeToString(got[:]))
		}
	}
	a, text, err := declaredChecksum(h, trailer)
	if a == nil || err != nil {
		return nil, err
	}
	want, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(want) != a.size {
		return nil, failuref(codeInvalidRequest, "Value for %s header is invalid.", strings.ToLower(a.header))
	}
	got := a.sum(content)
	if string(got) != string(want) {
		return nil, failuref(codeBadDigest, "The %s you specified did not match the calculated checksum.", a.name)
	}
	return &checksum{algorithm: a, sum: got, kind: typeFullObject}, nil
}
