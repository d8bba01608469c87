// Package s3client reads and writes S3 objects through whatever the network does. Make a [Client]
// with [New] or [FromConfig], then call [Client.Upload], [Client.PutFile], [Client.PutObject],
// [Client.Get], [Client.Download], [Client.DownloadTo], [Client.DownloadAt], [Client.DownloadDir],
// [Client.PresignGet], [Client.CopyObject], [Client.Move], [Client.List], [Client.Stat],
// [Client.Exists], [Client.DeleteObject], [Client.DeleteMany] and [Client.DeletePrefix]:
//
//	client, err := s3client.New(s3client.Config{
//		Region: "eu-central-1", Bucket: "backups", Prefix: "db/",
//		AccessKey: id, SecretKey: secret,
//	})
//	if err != nil {
//		return err
//	}
//	return client.Upload(ctx, "dump.tar", "2026/dump.tar", nil)
//
// It stands on aws-sdk-go-v2 for requests, signatures and responses, and on package retry for
// everything about failure. The rules:
//
//   - There is one retry loop. Three attempts are three requests on the wire;
//     neither the SDK nor net/http adds its own. The loop covers the reading of
//     the body, and every request the server sees carries the
//     amz-sdk-invocation-id of its logical request and its attempt number.
//   - An attempt ends when no byte has moved either way for retry.Config.AttemptTimeout, 30 s by
//     default, and not because it is long. Bytes that the kernel buffers have not moved: on Linux and
//     macOS the client reads what the peer has acknowledged, elsewhere it makes the send buffer small.
//   - What is sent and what is received is verified by checksum, from end to
//     end, also where it came in pieces. Two kinds of download have nothing to
//     compare with but length and ETag: a range, and an object that was stored
//     in parts with no checksum of the whole, as older clients and servers do.
//     The latter is logged.
//   - An upload is stored whole or not at all, a file is replaced whole or not
//     at all, and the parts of a failed upload are removed, unless a ResumeFile keeps them for
//     another try. A copy in parts is such an upload. A move deletes its source only after the copy
//     has been seen.
//   - When the response to a write is lost, a HEAD settles it. An object with the bytes and metadata
//     of the write is a success, and so is no object after a Delete; a conditional write must find its
//     own mark. No object after an upload is a definite failure, and so is a version that is there
//     after its deletion. All else is ErrOutcomeUnknown.
//   - A response that S3 did not send decides nothing: a page with status 404, a 200 to a DELETE, a 206
//     without Content-Range, a list that contradicts itself. The client tries again.
//   - After an attempt that lost its connection, the client closes the idle connections of its
//     HTTPClient: they may have died together.
//   - Get and DownloadTo cannot take back bytes that the caller already has: they continue after them or
//     fail. A
//     slow caller does not count as a stall.
//   - A download that moves is not exhausted by cuts: the count of attempts starts anew after 64 KiB or
//     1 % in one attempt, at most 100 times, within MaxElapsed.
//   - A request goes where S3 says that it belongs: a redirection 307 or 308 to the same object inside
//     the endpoint's domain is followed with a fresh signature, and the region of a bucket is found
//     once and remembered. Nothing is sent to a foreign host. A clock that differs is corrected.
//   - Keys stay below Config.Prefix.
//
// # Errors
//
// An error of a request holds a *retry.Error, which knows the attempts made and why there was no
// other: errors.Is finds retry.ErrExhausted, retry.ErrPermanent, the context's error and its cause.
// S3's own code is that of the smithy.APIError in it. [ErrInvalidKey], [ErrIntegrity],
// [ErrNotModified], [ErrPreconditionFailed], [ErrObjectChanged], [ErrSourceChanged],
// [ErrOutcomeUnknown], [ErrResumeFile], [*OrphanError], [*MoveError], [*DeleteError], [*StallError]
// and [*PanicError] are this package's. An upload or deletion that fails without ErrOutcomeUnknown
// did not happen, unless the error is ErrSourceChanged or ErrIntegrity: then the server may hold
// what the error tells about. An object that is not there is S3's code NoSuchKey, except to Exists.
//
// # Logs
//
// Config.Logger receives "uploading to S3" and "downloading from S3" once per operation (INFO),
// "downloaded without a checksum" where the server has none (INFO), "operation failed, retrying"
// with attempt, delay and error (WARN), "retrying S3 upload" or download (INFO), "operation
// succeeded after retry" (INFO) and "operation failed" (ERROR). Each has bucket and key. No line
// holds credentials or signatures.
package s3client
