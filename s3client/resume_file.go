package s3client

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// ErrResumeFile marks a ResumeFile that does not describe the upload: it is damaged, of another
// version, or of another object. Nothing is sent. Remove the file to start anew.
var ErrResumeFile = errors.New("unusable resume file")

const (
	resumeVersion = 1
	maxResumeFile = 64 << 10 // bytes; a key has at most 1,024
)

// resumeState is what a later process has to know of an upload: the content of a ResumeFile. The
// server knows the parts.
type resumeState struct {
	Version   int                     `json:"version"`
	Endpoint  string                  `json:"endpoint"` // "": AWS
	Bucket    string                  `json:"bucket"`
	Key       string                  `json:"key"`
	UploadID  string                  `json:"upload_id"`
	Mark      string                  `json:"mark,omitempty"` // of a conditional upload
	PartSize  int64                   `json:"part_size"`
	Size      int64                   `json:"size"`     // of the source, in bytes
	Modified  time.Time               `json:"modified"` // of the source
	Algorithm types.ChecksumAlgorithm `json:"checksum_algorithm"`
	Options   string                  `json:"options"` // digest of those that the server keeps
}

// loadResume reads a ResumeFile. Without the file it returns nil.
func loadResume(path string) (*resumeState, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("resume file: %w", err)
	}
	defer func() { _ = file.Close() }() // opened for reading: nothing to lose
	text, err := io.ReadAll(io.LimitReader(file, maxResumeFile+1))
	if err != nil {
		return nil, fmt.Errorf("resume file: %w", err)
	}
	unusable := func(why string) error { return fmt.Errorf("%w: %s: %s", ErrResumeFile, path, why) }
	var s resumeState
	switch err := json.Unmarshal(text, &s); {
	case len(text) > maxResumeFile:
		return nil, unusable(fmt.Sprintf("want at most %d bytes", maxResumeFile))
	case err != nil:
		return nil, unusable(err.Error())
	case s.Version != resumeVersion:
		return nil, unusable(fmt.Sprintf("version %d: want %d", s.Version, resumeVersion))
	case s.Bucket == "" || s.Key == "" || s.UploadID == "" || s.Size < 1 || s.PartSize < 1 || s.PartSize > MaxPartSize:
		return nil, unusable("fields are missing or out of range")
	}
	return &s, nil
}

// save writes the state as a whole, or not at all, readable by its owner only.
func (s *resumeState) save(path string) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("resume file: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("resume file: %w", err)
	}
	_, err = file.Write(append(text, '\n'))
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("resume file: %w", err), os.Remove(file.Name()))
	}
	return nil
}

// resumeState describes the upload of the source in parts of this size.
func (u *upload) resumeState(id string, part int64) *resumeState {
	c, info := u.client, u.source.was
	return &resumeState{
		Version: resumeVersion, Endpoint: c.config.Endpoint, Bucket: c.config.Bucket, Key: u.key, UploadID: id,
		Mark: u.marker, PartSize: part, Size: info.Size(), Modified: info.ModTime().UTC(),
		Algorithm: u.digest.algorithm, Options: u.options.fingerprint(),
	}
}

// fingerprint is a digest of what CreateMultipartUpload fixes for the object. It leaves the key of
// the caller out: the server refuses parts with another one.
func (o *UploadOptions) fingerprint() string {
	kept := *o
	kept.Progress, kept.ResumeFile, kept.SSECustomerKey = nil, "", nil
	text, err := json.Marshal(struct {
		UploadOptions
		Progress  any // hides the field, which has no JSON
		Encrypted bool
	}{UploadOptions: kept, Encrypted: len(o.SSECustomerKey) > 0})
	if err != nil {
		return "" // the fields are strings, times and maps of strings
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
