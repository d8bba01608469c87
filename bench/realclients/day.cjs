// A day of aws-sdk-js. usage: day.cjs STEP

const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const s3 = require("@aws-sdk/client-s3");
const { Upload } = require("@aws-sdk/lib-storage");

const { BUCKET: Bucket, TREE: tree, BIG: big, SMALL: small } = process.env;
const client = new s3.S3Client({ endpoint: process.env.AWS_ENDPOINT_URL, forcePathStyle: true });

// files are the files of the tree, by their paths below it.
function files(folder = "") {
  return fs.readdirSync(path.join(tree, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    return entry.isDirectory() ? files(name) : [name];
  });
}

async function upload(prefix) {
  const names = files();
  while (names.length > 0) {
    await Promise.all(names.splice(0, 10).map((name) =>
      client.send(new s3.PutObjectCommand({ Bucket, Key: prefix + name, Body: fs.readFileSync(path.join(tree, name)) }))));
  }
}

async function content(Key) {
  const got = await client.send(new s3.GetObjectCommand({ Bucket, Key }));
  return Buffer.from(await got.Body.transformToByteArray());
}

async function keys() {
  const found = [];
  for await (const page of s3.paginateListObjectsV2({ client, pageSize: 50 }, { Bucket })) {
    found.push(...(page.Contents ?? []).map((entry) => entry.Key));
  }
  return found;
}

const steps = {
  async put() {
    await client.send(new s3.CreateBucketCommand({ Bucket }));
    await client.send(new s3.PutObjectCommand({ Bucket, Key: "small", Body: fs.readFileSync(small) }));
  },
  async get() {
    assert.deepStrictEqual(await content("small"), fs.readFileSync(small));
  },
  async list() {
    await upload("listed/");
    assert.strictEqual((await keys()).length, 301);
  },
  async multipart() {
    const body = fs.createReadStream(big);
    await new Upload({ client, params: { Bucket, Key: "big", Body: body }, partSize: 5 << 20 }).done();
    assert.deepStrictEqual(await content("big"), fs.readFileSync(big));
  },
  async sync() {
    await upload("tree/");
    for (const name of files()) {
      assert.deepStrictEqual(await content("tree/" + name), fs.readFileSync(path.join(tree, name)));
    }
  },
  async delete() {
    const left = await keys();
    while (left.length > 0) {
      const Objects = left.splice(0, 100).map((Key) => ({ Key }));
      const done = await client.send(new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
      assert.ok(!done.Errors?.length);
    }
    assert.deepStrictEqual(await keys(), []);
    await client.send(new s3.DeleteBucketCommand({ Bucket }));
  },
};

steps[process.argv[2]]().catch((err) => {
  console.error(err);
  process.exit(1);
});
