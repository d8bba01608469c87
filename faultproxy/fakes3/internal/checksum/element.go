package checksum

import (
	"encoding/base64"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sums"
)

// Element is a checksum as XML has it: an element for each algorithm, of which at most one is
// filled.
type Element struct {
	ChecksumCRC32     string `xml:"ChecksumCRC32,omitempty"`
	ChecksumCRC32C    string `xml:"ChecksumCRC32C,omitempty"`
	ChecksumCRC64NVME string `xml:"ChecksumCRC64NVME,omitempty"`
	ChecksumMD5       string `xml:"ChecksumMD5,omitempty"`
	ChecksumSHA1      string `xml:"ChecksumSHA1,omitempty"`
	ChecksumSHA256    string `xml:"ChecksumSHA256,omitempty"`
	ChecksumSHA512    string `xml:"ChecksumSHA512,omitempty"`
	ChecksumXXHASH128 string `xml:"ChecksumXXHASH128,omitempty"`
	ChecksumXXHASH3   string `xml:"ChecksumXXHASH3,omitempty"`
	ChecksumXXHASH64  string `xml:"ChecksumXXHASH64,omitempty"`
}

// Of returns the element of an algorithm.
func (p *Element) Of(a *sums.Algorithm) *string {
	return map[string]*string{
		"CRC32": &p.ChecksumCRC32, "CRC32C": &p.ChecksumCRC32C, "CRC64NVME": &p.ChecksumCRC64NVME,
		"MD5": &p.ChecksumMD5, "SHA1": &p.ChecksumSHA1, "SHA256": &p.ChecksumSHA256, "SHA512": &p.ChecksumSHA512,
		"XXHASH128": &p.ChecksumXXHASH128, "XXHASH3": &p.ChecksumXXHASH3, "XXHASH64": &p.ChecksumXXHASH64,
	}[a.Name]
}

// Given returns the algorithm whose element is filled, or nil. It refuses several elements and a
// text that is not a sum of the algorithm.
func (p *Element) Given() (*sums.Algorithm, error) {
	var found *sums.Algorithm
	for _, a := range sums.All {
		text := *p.Of(a)
		if text == "" {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(raw) != a.Size || found != nil {
			return nil, s3err.Argument("Checksum", text,
				"Invalid Base64 or multiple checksums present in request")
		}
		found = a
	}
	return found, nil
}

// ElementOf returns c in XML. It is empty for nil.
func ElementOf(c *Checksum) Element {
	var p Element
	if c != nil {
		*p.Of(c.Algorithm) = c.String()
	}
	return p
}
