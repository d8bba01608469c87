package journal

// Names for the tests in package journal_test, which use the proxy: the proxy imports this package.
var (
	ByHand   = byHand
	HARURL   = harURL
	HARStart = harStart
	WriteHAR = writeHAR
)

// FaultHeader is the header that names the fault in a HAR file.
const FaultHeader = faultHeader

// HARPairs returns the headers by their names, as a HAR file lists them.
func HARPairs(header map[string]string) (pairs [][2]string) {
	pairs = [][2]string{}
	for _, p := range harPairs(header) {
		pairs = append(pairs, [2]string{p.Name, p.Value})
	}
	return pairs
}
