"""A day of boto3. usage: boto3_day.py STEP"""

import filecmp
import os
import sys

import boto3
from boto3.s3.transfer import TransferConfig

bucket, tree, big, small, out = (os.environ[name] for name in ("BUCKET", "TREE", "BIG", "SMALL", "OUT"))
client = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)


def files():
    """The files of the tree, by their paths below it."""
    for folder, _, names in os.walk(tree):
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), tree)


def upload(prefix):
    for name in files():
        client.upload_file(os.path.join(tree, name), bucket, prefix + name)


def keys():
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 50})
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def put():
    client.create_bucket(Bucket=bucket)
    client.upload_file(small, bucket, "small", ExtraArgs={"Metadata": {"mykey": "value"}})
    assert client.head_object(Bucket=bucket, Key="small")["Metadata"] == {"mykey": "value"}


def get():
    client.download_file(bucket, "small", out + "/small")
    assert filecmp.cmp(small, out + "/small", shallow=False)


def list_keys():
    upload("listed/")
    assert len(keys()) == 301, len(keys())


def multipart():
    client.upload_file(big, bucket, "big", Config=parts)
    client.download_file(bucket, "big", out + "/big", Config=parts)
    assert filecmp.cmp(big, out + "/big", shallow=False)


def sync():
    upload("tree/")
    for name in files():
        got = client.get_object(Bucket=bucket, Key="tree/" + name)["Body"].read()
        with open(os.path.join(tree, name), "rb") as file:
            assert got == file.read(), name


def delete():
    left = keys()
    while left:
        batch, left = left[:100], left[100:]
        done = client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in batch]})
        assert not done.get("Errors"), done
    assert not keys()
    client.delete_bucket(Bucket=bucket)


{"put": put, "get": get, "list": list_keys, "multipart": multipart, "sync": sync, "delete": delete}[sys.argv[1]]()
