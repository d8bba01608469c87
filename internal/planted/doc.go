// Package planted holds S3 clients with one deliberate defect each: [All] lists them, and
// [Defect.Plant] puts one into a drill.
//
// A drill that no planted defect fails proves little, and a defect that no drill finds could stand
// in a real client. Most defects are this project's client or the SDK with a change between them
// and the network, or with another retry policy. Others are a small tool that is right except for
// its flaw.
package planted
