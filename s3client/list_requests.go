package s3client

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// This file asks for a page of a list, of objects or of their versions. Both ask for escaped keys:
// a key may hold characters that XML cannot.

// askObjects asks for a page of objects.
func (p *pages) askObjects(ctx context.Context) (page, error) {
	var after *string
	if p.at.token == "" {
		after = optional(p.after)
	}
	out, err := p.client.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{
		Bucket:            aws.String(p.client.config.Bucket),
		Prefix:            optional(p.prefix),
		Delimiter:         optional(p.options.Delimiter),
		StartAfter:        after,
		ContinuationToken: optional(p.at.token),
		MaxKeys:           p.size,
		EncodingType:      types.EncodingTypeUrl,
	})
	if err != nil {
		return page{}, err
	}
	got := page{
		name: out.Name, prefix: out.Prefix, encoding: out.EncodingType, count: out.KeyCount, truncated: out.IsTruncated,
		next: position{token: aws.ToString(out.NextContinuationToken)}, prefixes: out.CommonPrefixes,
		objects: make([]Object, len(out.Contents)),
	}
	for i, object := range out.Contents {
		got.objects[i] = Object{
			Key: aws.ToString(object.Key), Size: aws.ToInt64(object.Size), ETag: aws.ToString(object.ETag),
			LastModified: aws.ToTime(object.LastModified), StorageClass: string(object.StorageClass),
		}
	}
	return got, nil
}

// askVersions asks for a page of versions and delete markers.
func (p *pages) askVersions(ctx context.Context) (page, error) {
	key := p.at.key
	if p.at == (position{}) {
		key = p.after
	}
	out, err := p.client.s3.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{
		Bucket:          aws.String(p.client.config.Bucket),
		Prefix:          optional(p.prefix),
		Delimiter:       optional(p.options.Delimiter),
		KeyMarker:       optional(key),
		VersionIdMarker: optional(p.at.version),
		MaxKeys:         p.size,
		EncodingType:    types.EncodingTypeUrl,
	})
	if err != nil {
		return page{}, err
	}
	got := page{
		name: out.Name, prefix: out.Prefix, encoding: out.EncodingType, truncated: out.IsTruncated,
		next: position{version: aws.ToString(out.NextVersionIdMarker)}, prefixes: out.CommonPrefixes,
		objects: make([]Object, 0, len(out.Versions)+len(out.DeleteMarkers)),
	}
	if got.next.key, err = decoded(aws.ToString(out.NextKeyMarker), out.EncodingType); err != nil {
		return page{}, err
	}
	for _, version := range out.Versions {
		got.objects = append(got.objects, Object{
			Key: aws.ToString(version.Key), Size: aws.ToInt64(version.Size), ETag: aws.ToString(version.ETag),
			LastModified: aws.ToTime(version.LastModified), StorageClass: string(version.StorageClass),
			VersionID: aws.ToString(version.VersionId), IsLatest: aws.ToBool(version.IsLatest),
		})
	}
	for _, marker := range out.DeleteMarkers {
		got.objects = append(got.objects, Object{
			Key: aws.ToString(marker.Key), LastModified: aws.ToTime(marker.LastModified),
			VersionID: aws.ToString(marker.VersionId), IsLatest: aws.ToBool(marker.IsLatest), IsDeleteMarker: true,
		})
	}
	return got, nil
}
