package s3api

var (
	SDK  = sdk
	Fill = fill
)

// resource is the sub-resource of the operation's requests.
func (o Op) resource() string { return operations[o].resource }
