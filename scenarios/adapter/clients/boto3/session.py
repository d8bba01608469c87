"""The S3 client boto3 as a session of s3chaos: a line of JSON for each step, and one for its answer."""

import json
import os
import sys

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

s3 = boto3.client(
    "s3",
    endpoint_url=os.environ["AWS_ENDPOINT_URL"],
    config=Config(s3={"addressing_style": os.environ["S3CHAOS_STYLE"]}),
)


def transfer(c):
    """The part size that the drill wants; without one, that of boto3."""
    if "part_size" not in c:
        return None
    return TransferConfig(multipart_threshold=c["part_size"], multipart_chunksize=c["part_size"])


def upload(c):
    s3.upload_file(c["file"], c["bucket"], c["key"], Config=transfer(c))


def upload_stream(c):
    with open(c["file"], "rb") as source:
        s3.upload_fileobj(source, c["bucket"], c["key"], Config=transfer(c))


def download(c):
    s3.download_file(c["bucket"], c["key"], c["file"])


def ranged(c):
    span = "-%d" % c["suffix"] if "suffix" in c else "%d-%s" % (c["first"], c.get("last", ""))
    body = s3.get_object(Bucket=c["bucket"], Key=c["key"], Range="bytes=" + span)["Body"].read()
    with open(c["file"], "wb") as target:
        target.write(body)


def list_keys(c):
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=c["bucket"],
        Prefix=c.get("prefix", ""),
        PaginationConfig={"PageSize": c["max_keys"]} if c.get("max_keys") else {},
    )
    return {"keys": [entry["Key"] for page in pages for entry in page.get("Contents", [])]}


def delete(c):
    s3.delete_object(Bucket=c["bucket"], Key=c["key"])


def delete_many(c):
    answer = s3.delete_objects(Bucket=c["bucket"], Delete={"Objects": [{"Key": key} for key in c["keys"]]})
    failed = [entry["Key"] for entry in answer.get("Errors", [])]
    return {"ok": not failed, "failed": failed, "error": "not deleted: " + ", ".join(failed)} if failed else {}


def exists(c):
    try:
        s3.head_object(Bucket=c["bucket"], Key=c["key"])
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return {"found": False}
        raise
    return {"found": True}


def stat(c):
    return {"size": s3.head_object(Bucket=c["bucket"], Key=c["key"])["ContentLength"]}


def copy(c):
    s3.copy({"Bucket": c["source_bucket"], "Key": c["source_key"]}, c["bucket"], c["key"], Config=transfer(c))


STEPS = {
    "upload": upload,
    "upload_stream": upload_stream,
    "download": download,
    "ranged": ranged,
    "list": list_keys,
    "delete": delete,
    "delete_many": delete_many,
    "exists": exists,
    "stat": stat,
    "copy": copy,
}

for line in sys.stdin:
    call = json.loads(line)
    try:
        answer = {"ok": True} | (STEPS[call["verb"]](call) or {})
    except Exception as error:  # any failure is the client's answer
        answer = {"ok": False, "error": f"{type(error).__name__}: {error}"}
        if isinstance(error, ClientError):
            answer["code"] = error.response["Error"].get("Code", "")
    print(json.dumps(answer), flush=True)
