// Package evidence prints what happened for a reader of a report: [Line] prints one journal record,
// [Last] the records that prove a finding, [Bytes] a content, [Time] a time.
//
// The texts are for one line of a terminal. [Visible] escapes control characters, because the texts
// come from clients and servers.
package evidence
