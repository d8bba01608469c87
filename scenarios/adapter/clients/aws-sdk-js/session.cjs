// aws-sdk-js as a session of s3chaos: a line of JSON for each step, and one for its answer.

const fs = require("node:fs");
const readline = require("node:readline");
const { pipeline } = require("node:stream/promises");
const s3 = require("@aws-sdk/client-s3");
const { Upload } = require("@aws-sdk/lib-storage");

const client = new s3.S3Client({
  endpoint: process.env.AWS_ENDPOINT_URL,
  forcePathStyle: process.env.S3CHAOS_STYLE !== "virtual",
});
const place = (c) => ({ Bucket: c.bucket, Key: c.key });

async function upload(c) {
  const params = { ...place(c), Body: fs.createReadStream(c.file) };
  await new Upload({ client, params, partSize: c.part_size }).done(); // undefined: the uploader's own
}

async function download(c, Range) {
  const got = await client.send(new s3.GetObjectCommand({ ...place(c), Range }));
  await pipeline(got.Body, fs.createWriteStream(c.file));
}

const steps = {
  upload,
  upload_stream: upload,
  download,
  async ranged(c) {
    await download(c, "bytes=" + ("suffix" in c ? `-${c.suffix}` : `${c.first}-${c.last ?? ""}`));
  },
  async list(c) {
    const keys = [];
    const pages = s3.paginateListObjectsV2({ client, pageSize: c.max_keys }, { Bucket: c.bucket, Prefix: c.prefix });
    for await (const page of pages) keys.push(...(page.Contents ?? []).map((entry) => entry.Key));
    return { keys };
  },
  async delete(c) {
    await client.send(new s3.DeleteObjectCommand(place(c)));
  },
  async delete_many(c) {
    const Delete = { Objects: c.keys.map((Key) => ({ Key })) };
    const { Errors } = await client.send(new s3.DeleteObjectsCommand({ Bucket: c.bucket, Delete }));
    if (!Errors?.length) return {};
    const failed = Errors.map((entry) => entry.Key);
    return { ok: false, failed, error: `not deleted: ${failed.join(", ")}`, code: Errors[0].Code };
  },
  async exists(c) {
    try {
      await client.send(new s3.HeadObjectCommand(place(c)));
    } catch (error) {
      if (error.$metadata?.httpStatusCode === 404) return { found: false };
      throw error;
    }
    return { found: true };
  },
  async stat(c) {
    return { size: (await client.send(new s3.HeadObjectCommand(place(c)))).ContentLength };
  },
  async copy(c) {
    const CopySource = encodeURIComponent(c.source_bucket) + "/" + c.source_key.split("/").map(encodeURIComponent).join("/");
    await client.send(new s3.CopyObjectCommand({ ...place(c), CopySource }));
  },
};

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const call = JSON.parse(line);
    let answer;
    try {
      answer = { ok: true, ...(await steps[call.verb](call)) };
    } catch (error) {
      answer = { ok: false, error: `${error.name}: ${error.message}`, code: error.Code ?? error.name };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
  client.destroy();
}

main();
