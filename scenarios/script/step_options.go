package script

import (
	"crypto/sha256"
	"time"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// This file holds the options of steps that go beyond bucket, key and content.

// WriteOptions are what S3 keeps of an uploaded object besides its content. The zero WriteOptions
// leave everything to the server.
type WriteOptions struct {
	ContentType        string            `yaml:"content_type"`
	ContentEncoding    string            `yaml:"content_encoding"`
	ContentLanguage    string            `yaml:"content_language"`
	ContentDisposition string            `yaml:"content_disposition"`
	CacheControl       string            `yaml:"cache_control"`
	StorageClass       StorageClass      `yaml:"storage_class"`
	Metadata           map[string]string `yaml:"metadata"`
	Tags               map[string]string `yaml:"tags"`
	Checksum           UploadChecksum    `yaml:"checksum"`
	CustomerKey        CustomerKey       `yaml:"customer_key"`

	Encryption string            `yaml:"encryption"`  // as S3 writes it, such as aws:kms; empty: the bucket's default
	KMSKey     string            `yaml:"kms_key"`     // empty: the key that AWS manages
	KMSContext map[string]string `yaml:"kms_context"` // goes with the key
	BucketKey  bool              `yaml:"bucket_key"`  // fewer calls of KMS

	Retention *Retention `yaml:"retention"`  // nil: the rule of the bucket
	LegalHold bool       `yaml:"legal_hold"` // the bucket needs object_lock for either
}

// encryptions are the ways in which S3 encrypts an object with keys of its own.
var encryptions = []string{"AES256", encryptionKMS, encryptionKMS + ":dsse"}

const encryptionKMS = "aws:kms"

// CustomerKey names an encryption key of the customer (SSE-C). Empty: S3 encrypts as it likes. A
// drill with a key speaks TLS, because S3 takes such keys over https only.
type CustomerKey string

// Bytes returns the key of that name, which has 256 bits; nil for the empty name.
func (k CustomerKey) Bytes() []byte {
	if k == "" {
		return nil
	}
	sum := sha256.Sum256([]byte("customer key " + k))
	return sum[:]
}

// EncryptsWithKeys reports whether a step has an encryption key of the customer, apart from steps
// that the client has to refuse.
func (s *Scenario) EncryptsWithKeys() bool {
	found := false
	s.EachStep(func(step *Step) {
		if step.Refused() {
			return
		}
		read, _ := step.Read()
		found = found || read != nil && read.CustomerKey != "" ||
			step.Upload != nil && step.Upload.CustomerKey != "" ||
			step.Resume != nil && step.Resume.CustomerKey != "" ||
			step.Presign != nil && step.Presign.CustomerKey != "" ||
			step.UploadStream != nil && step.UploadStream.CustomerKey != "" ||
			step.Copy != nil && (step.Copy.From.CustomerKey != "" || step.Copy.To.CustomerKey != "")
	})
	return found
}

// UploadChecksum is an algorithm that a client can choose for an upload, in lower case.
type UploadChecksum string

// uploadChecksums are the algorithms that the SDK for Go computes itself.
var uploadChecksums = []UploadChecksum{"crc32", "crc32c", "crc64nvme", "sha1", "sha256"}

// S3Name returns the name of the algorithm as S3 writes it: CRC64NVME.
func (c UploadChecksum) S3Name() string { return ChecksumAlgorithm(c).S3Name() }

// None reports whether w asks for nothing.
func (w *WriteOptions) None() bool {
	return len(w.StoredHeader()) == 0 && len(w.Metadata) == 0 && len(w.Tags) == 0 && w.Checksum == "" &&
		w.CustomerKey == "" && w.Encryption == "" && w.KMSKey == "" && len(w.KMSContext) == 0 && !w.BucketKey &&
		w.Retention == nil && !w.LegalHold
}

// Describes reports whether w sets headers or metadata, which a copy takes from its source
// otherwise.
func (w *WriteOptions) Describes() bool {
	return w.ContentType != "" || w.ContentEncoding != "" || w.ContentLanguage != "" ||
		w.ContentDisposition != "" || w.CacheControl != "" || len(w.Metadata) > 0
}

// StoredHeader returns the headers that S3 keeps with the object, by their names. It has only those
// that the step sets.
func (w *WriteOptions) StoredHeader() map[string]string { return w.attributes().StoredHeader() }

func (w *WriteOptions) attributes() *Attributes {
	return &Attributes{
		ContentType: w.ContentType, ContentEncoding: w.ContentEncoding, ContentLanguage: w.ContentLanguage,
		ContentDisposition: w.ContentDisposition, CacheControl: w.CacheControl, StorageClass: w.StorageClass,
		Metadata: w.Metadata, Tags: w.Tags,
	}
}

// ReadOptions say which version a read is about, and under which conditions. The zero ReadOptions
// read the current object.
type ReadOptions struct {
	// Version counts from the oldest version, which is 1. Zero: the current one.
	Version     int         `yaml:"version,positive"`
	IfMatch     string      `yaml:"if_match"`      // an ETag, or CurrentETag
	IfNoneMatch string      `yaml:"if_none_match"` // an ETag, or CurrentETag
	CustomerKey CustomerKey `yaml:"customer_key"`  // with which the object is encrypted
	Part        int         `yaml:"part,positive"` // of an object that was uploaded in parts; zero: the whole
}

// None reports whether o asks for nothing.
func (o *ReadOptions) None() bool { return *o == ReadOptions{} }

// Conditional reports whether o has a precondition.
func (o *ReadOptions) Conditional() bool { return o.IfMatch != "" || o.IfNoneMatch != "" }

// Read returns the options of a step that reads one object, with its mapping; nil for any other
// step.
func (s *Step) Read() (*ReadOptions, *strictyaml.Block) {
	switch {
	case s.Get != nil:
		return &s.Get.ReadOptions, &s.Get.Block
	case s.Download != nil:
		return &s.Download.ReadOptions, &s.Download.Block
	case s.Stat != nil:
		return &s.Stat.ReadOptions, &s.Stat.Block
	}
	return nil, nil
}

// ListOptions are what a list can have beyond a prefix. The zero ListOptions list each key.
type ListOptions struct {
	// Delimiter groups the keys: a key that has it after the prefix is listed up to it. Empty: no
	// groups.
	Delimiter  string `yaml:"delimiter"`
	StartAfter string `yaml:"start_after"` // the list begins behind this key; empty: from the beginning
	Versions   bool   `yaml:"versions"`    // lists all versions and delete markers, each by its key
}

// DeletePrefix deletes every object below Prefix.
type DeletePrefix struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string `yaml:"bucket,required"`
	Prefix           string `yaml:"prefix,required"`
}

// Presign asks the client for a presigned request, and sends it without the client: the step stores
// Size drawn bytes, or Content, or reads the object.
type Presign struct {
	strictyaml.Block `yaml:"-"`
	Method           PresignMethod `yaml:"method,required"`
	Bucket           string        `yaml:"bucket,required"`
	Key              string        `yaml:"key,required"`
	Size             Size          `yaml:"size"`
	Content          *string       `yaml:"content"`
	Expires          time.Duration `yaml:"expires,positive"` // zero: DefaultExpires
	After            time.Duration `yaml:"after,positive"`   // from the signature to the first send; zero: none
	Sends            int           `yaml:"sends,positive"`   // at most, until a response is a success; zero: one

	WriteOptions                 // of a PUT; a GET has only the CustomerKey
	Range        *Range          `yaml:"range"`    // of a GET; nil: the whole object
	Response     ResponseHeaders `yaml:"response"` // of a GET
}

// ResponseHeaders replace those that an object was stored with in the response to a presigned GET.
// An empty one is as it was stored.
type ResponseHeaders struct {
	strictyaml.Block   `yaml:"-"`
	ContentType        string `yaml:"content_type"`
	ContentEncoding    string `yaml:"content_encoding"`
	ContentLanguage    string `yaml:"content_language"`
	ContentDisposition string `yaml:"content_disposition"`
	CacheControl       string `yaml:"cache_control"`
}

// Header returns the headers by their names. It has only those that the file sets.
func (r *ResponseHeaders) Header() map[string]string {
	header := map[string]string{}
	for name, text := range map[string]string{
		"Content-Type": r.ContentType, "Content-Encoding": r.ContentEncoding, "Content-Language": r.ContentLanguage,
		"Content-Disposition": r.ContentDisposition, "Cache-Control": r.CacheControl,
	} {
		if text != "" {
			header[name] = text
		}
	}
	return header
}

// PresignMethod is the method of a presigned request.
type PresignMethod string

// The methods of presigned requests.
const (
	PresignGet PresignMethod = "GET"
	PresignPut PresignMethod = "PUT"
)

// DefaultExpires is how long a presigned request is valid unless the file says how long.
const DefaultExpires = time.Hour
