package fakes3

// partChecksum is a checksum as XML has it: an element for each algorithm, of
// which one at most is filled.
type partChecksum struct {
	ChecksumCRC32     string `xml:"ChecksumCRC32,omitempty"`
	ChecksumCRC32C    string `xml:"ChecksumCRC32C,omitempty"`
	ChecksumCRC64NVME string `xml:"ChecksumCRC64NVME,omitempty"`
	ChecksumSHA1      string `xml:"ChecksumSHA1,omitempty"`
	ChecksumSHA256    string `xml:"ChecksumSHA256,omitempty"`
}

// of is the element of an algorithm.
func (p *partChecksum) of(a *algorithm) *string {
	switch a.name {
	case "CRC32":
		return &p.ChecksumCRC32
	case "CRC32C":
		return &p.ChecksumCRC32C
	case "CRC64NVME":
		return &p.ChecksumCRC64NVME
	case "SHA1":
		return &p.ChecksumSHA1
	}
	return &p.ChecksumSHA256
}

// checksumElement writes c, which may be nil.
func checksumElement(c *checksum) partChecksum {
	var p partChecksum
	if c != nil {
		*p.of(c.algorithm) = c.String()
	}
	return p
}
