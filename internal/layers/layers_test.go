// Package layers_test checks the import rules of the module.
package layers_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/s3chaos/s3chaos"

// A rule says which packages a folder may not import, and why. It applies to the subfolders too,
// unless except names them.
type rule struct {
	folder string
	except []string
	forbid func(importPath string) bool
	why    string
}

var rules = []rule{
	{
		folder: "retry", except: []string{"retry/retryprom"},
		forbid: func(p string) bool { return !standard(p) && !below(p, "retry") },
		why:    "retry is copied into small programs: the standard library is all it may need",
	},
	{
		folder: "retry/retryprom",
		forbid: func(p string) bool {
			return !standard(p) && !below(p, "retry") && !strings.HasPrefix(p, "github.com/prometheus/")
		},
		why: "the Prometheus adapter exists so that nothing else needs Prometheus",
	},
	{
		folder: "faultproxy", except: []string{"faultproxy/fakes3"},
		forbid: func(p string) bool {
			shared := p == module+"/internal/glob" || p == module+"/internal/suggest"
			return !standard(p) && !below(p, "faultproxy") && !shared || below(p, "faultproxy/fakes3")
		},
		why: "faultproxy is an independent witness: it knows neither the client, nor the retry engine, nor the fake " +
			"S3 behind it",
	},
	{
		folder: "faultproxy", except: []string{"faultproxy/faulttest"},
		forbid: func(p string) bool { return p == "testing" || below(p, "faultproxy/faulttest") },
		why:    "programs serve the proxy: only the lab for tests may link package testing and its flags",
	},
	{
		folder: "",
		except: []string{"faultproxy/faulttest", "scenarios/drilltest", "internal/virtual", "internal/browsertest"},
		forbid: func(p string) bool {
			return p == "testing" || below(p, "faultproxy/faulttest") || below(p, "scenarios/drilltest")
		},
		why: "programs have no flags of package testing: only helpers for tests may import it, and virtual time, " +
			"which is a part of it",
	},
	{
		folder: "faultproxy/fakes3",
		forbid: func(p string) bool {
			return below(p, "") && !below(p, "faultproxy/fakes3")
		},
		why: "the fake S3 serves any test, with or without the proxy",
	},
	{
		folder: "faultproxy/fakes3/internal/s3err",
		forbid: func(p string) bool { return !standard(p) },
		why:    "an S3 error is a code, a message and some elements, and does not depend on the package that makes it",
	},
	{
		folder: "faultproxy/fakes3/internal/sums",
		forbid: func(p string) bool { return below(p, "") },
		why:    "a sum depends on the content alone",
	},
	{
		folder: "faultproxy/fakes3/internal/storage",
		forbid: func(p string) bool {
			return !strings.HasPrefix(p, "github.com/johannesboyne/gofakes3") && fakeRoom("sums")(p)
		},
		why: "a content is bytes and their sums: the store knows what they mean",
	},
	{
		folder: "faultproxy/fakes3/internal/sigv4",
		forbid: fakeRoom("s3err"),
		why:    "a signature depends on the request and the keys, never on stored objects",
	},
	{
		folder: "faultproxy/fakes3/internal/framing",
		forbid: fakeRoom("s3err", "sigv4", "sums"),
		why:    "a body is read whole before the server decides what it is for",
	},
	{
		folder: "faultproxy/fakes3/internal/form",
		forbid: fakeRoom("s3err", "framing"),
		why:    "a form and its policy are text: the server decides what the fields mean for an object",
	},
	{
		folder: "faultproxy/fakes3/internal/checksum",
		forbid: fakeRoom("s3err", "sums"),
		why:    "a checksum is compared with the content of an object or a part",
	},
	{
		folder: "faultproxy/fakes3/internal/span",
		forbid: fakeRoom("s3err", "sums", "checksum"),
		why:    "the bytes of a range depend on sizes, never on the content",
	},
	{
		folder: "faultproxy/fakes3/internal/condition",
		forbid: fakeRoom("s3err"),
		why:    "preconditions read only the entity tag, the date and the size",
	},
	{
		folder: "faultproxy/fakes3/internal/attribute",
		forbid: fakeRoom("checksum", "s3err", "span", "sums"),
		why:    "attributes come from headers and go into headers: the store keeps them",
	},
	{
		folder: "faultproxy/fakes3/internal/unsupported",
		forbid: fakeRoom("s3err"),
		why:    "what the server does not do is known from the headers, before it looks for the bucket",
	},
	{
		folder: "faultproxy/fakes3/internal/listing",
		forbid: fakeRoom("s3err"),
		why:    "a page consists of keys: it does not know the objects",
	},
	{
		folder: "faultproxy/fakes3/internal/lock",
		forbid: fakeRoom("s3err"),
		why:    "a lock says how long a version stays: the store deletes it",
	},
	{
		folder: "faultproxy/fakes3/internal/tagging",
		forbid: fakeRoom("s3err"),
		why:    "a tag set is text: the store keeps it",
	},
	{
		folder: "faultproxy/internal/poison",
		forbid: func(p string) bool { return !standard(p) },
		why:    "every package that reuses memory may poison it",
	},
	{
		folder: "faultproxy/internal/wire",
		forbid: func(p string) bool { return !standard(p) && !below(p, "faultproxy/internal/poison") },
		why:    "HTTP on a connection does not know S3, rules or the journal",
	},
	{
		folder: "faultproxy/journal",
		forbid: func(p string) bool {
			return !standard(p) && !below(p, "faultproxy/internal/httptext") &&
				!below(p, "faultproxy/internal/poison") &&
				!below(p, "faultproxy/internal/redact")
		},
		why: "readers of the journal need no proxy: it knows records and secrets, but no rule, fault or connection",
	},
	{
		folder: "faultproxy/internal/memory",
		forbid: func(p string) bool {
			return !standard(p) && !below(p, "faultproxy/internal/memory") && !below(p, "faultproxy/internal/wire")
		},
		why: "snapshots serve the fault stale: they know HTTP, but neither rules nor the journal",
	},
	{
		folder: "faultproxy/memnet",
		forbid: func(p string) bool { return !standard(p) },
		why:    "the network lies below everything",
	},
	{
		folder: "s3client",
		forbid: func(p string) bool { return below(p, "") && !below(p, "s3client") && !below(p, "retry") },
		why:    "the client must not know that a drill tests it",
	},
	{
		folder: "scenarios/hunt", except: []string{"scenarios/hunt/gen"},
		forbid: func(p string) bool {
			return below(p, "") && p != module+"/scenarios" && p != module+"/scenarios/script" &&
				p != module+"/scenarios/report" && p != module+"/faultproxy" && p != module+"/faultproxy/journal" &&
				!below(p, "scenarios/hunt") && !below(p, "scenarios/internal") && !below(p, "internal/atomicfile") &&
				!below(p, "internal/glob") && !below(p, "internal/ndjson")
		},
		why: "a search plays scenarios and reads their journals: clients and worlds are below package scenarios",
	},
	{
		folder: "scenarios/hunt/gen",
		forbid: func(p string) bool { return !standard(p) },
		why:    "the generator writes scenario files: it needs the format's words, not its reader",
	},
	{
		folder: "scenarios/hunt/shrink",
		forbid: func(p string) bool {
			return below(p, "") && p != module+"/scenarios/script" && p != module+"/faultproxy"
		},
		why: "shrinking edits files: the caller plays the scripts and judges them",
	},
	{
		folder: "internal/knowable",
		forbid: func(p string) bool { return !standard(p) && p != module+"/faultproxy" },
		why: "the wire alone shows what a client could have known: the oracle, tests of clients and searches " +
			"share this",
	},
	{
		folder: "internal/mutation",
		forbid: func(p string) bool { return !standard(p) && !below(p, "internal/mutation") },
		why:    "the generator changes any package, and its switch must compile into every one of them",
	},
	{
		folder: "internal/planted",
		forbid: func(p string) bool { return below(p, "faultproxy") || below(p, "scenarios/oracle") },
		why:    "a broken client is a client: it knows neither the proxy nor the oracle that must catch it",
	},
	{
		folder: "internal/virtual",
		forbid: func(p string) bool { return !standard(p) },
		why:    "virtual time is one small file on testing/synctest",
	},
	{
		folder: "internal/strictyaml",
		forbid: func(p string) bool {
			return below(p, "") && !below(p, "internal/strictyaml") && !below(p, "internal/suggest")
		},
		why: "the YAML reader learns of a format's types through Format: it knows no scenario, no fault and no size",
	},
	{
		folder: "internal/prose",
		forbid: func(p string) bool { return !standard(p) },
		why:    "the checker reads any Go file: it needs no other package of the module",
	},
	{
		folder: "faultproxy/internal/httptext",
		forbid: func(p string) bool { return !standard(p) },
		why:    "header lines and parameters are text: every reader of requests may use it",
	},
	{
		folder: "faultproxy/internal/flow",
		forbid: func(p string) bool {
			return !standard(p) && !below(p, "faultproxy/internal/flow") && !below(p, "internal/suggest")
		},
		why: "the text form is a syntax: it learns of rules and faults through Format",
	},
	{
		folder: "faultproxy/internal/redact",
		forbid: func(p string) bool { return !standard(p) && !below(p, "faultproxy/internal/httptext") },
		why:    "a secret does not depend on the operation: redact knows names and text only",
	},
	{
		folder: "faultproxy/internal/s3api",
		forbid: func(p string) bool { return !standard(p) && !below(p, "faultproxy/internal/httptext") },
		why:    "the S3 API is a table: it knows no rules, no faults and no journal",
	},
	{
		folder: "faultproxy/internal/identity",
		forbid: func(p string) bool {
			return !standard(p) && !below(p, "faultproxy/internal/httptext") &&
				!below(p, "faultproxy/internal/redact") &&
				!below(p, "faultproxy/internal/s3api")
		},
		why: "the numbers of a request depend on the request alone, never on the proxy that received it",
	},
	{
		folder: "internal/glob",
		forbid: func(p string) bool { return !standard(p) },
		why:    "the pattern language lies below the proxy and the scenarios, which share it",
	},
	{
		folder: "internal/atomicfile",
		forbid: func(p string) bool { return !standard(p) },
		why:    "replacing a file is a matter of the file system: every layer may need it",
	},
	{
		folder: "internal/ndjson",
		forbid: func(p string) bool { return !standard(p) },
		why:    "a line of JSON is any program's: the owner of the file knows what it means",
	},
	{
		folder: "internal/suggest",
		forbid: func(p string) bool { return !standard(p) },
		why:    "suggestions lie below the proxy, the scenarios and the command, which share them",
	},
	{
		folder: "internal/gitignore",
		forbid: func(p string) bool { return !standard(p) && p != module+"/internal/glob" },
		why:    "patterns for paths need the pattern language of the module and nothing else of it",
	},
	{
		folder: "scenarios/script", except: []string{"scenarios/script/schema"},
		forbid: func(p string) bool {
			return below(p, "") && p != module+"/faultproxy" && p != module+"/retry" &&
				!below(p, "internal/strictyaml") && !below(p, "internal/suggest") && !below(p, "internal/glob") &&
				!below(p, "internal/gitignore")
		},
		why: "reading the format needs no network, client or world, only the parsers of fault rules and of retry " +
			"settings",
	},
	{
		folder: "scenarios/oracle",
		forbid: func(p string) bool {
			return below(p, "") && p != module+"/faultproxy" && p != module+"/scenarios/script" &&
				p != module+"/internal/knowable" && !below(p, "scenarios/internal/evidence")
		},
		why: "the oracle judges from the journal and the history of the fake S3: it knows no client and no running " +
			"drill",
	},
	{
		folder: "scenarios/seeds",
		forbid: func(p string) bool {
			return below(p, "") && p != module+"/scenarios/script" && p != module+"/faultproxy/fakes3"
		},
		why: "the objects from before a drill depend on the scenario alone, never on proxy or client",
	},
	{
		folder: "scenarios/careless",
		forbid: func(p string) bool { return below(p, "") && p != module+"/scenarios/script" },
		why:    "the careless client is a client: it knows neither the proxy nor the oracle that must catch it",
	},
	{
		folder: "scenarios/adapter",
		forbid: func(p string) bool {
			return below(p, "") && p != module+"/internal/strictyaml" && p != module+"/internal/suggest" &&
				p != module+"/scenarios/internal/stdout"
		},
		why: "an adapter describes a program: it knows neither drills nor the client of this project",
	},
	{
		folder: "scenarios/internal/stdout",
		forbid: func(p string) bool { return below(p, "") },
		why:    "what a program printed is text: the reader decides what it means",
	},
	{
		folder: "scenarios/internal/scripted",
		forbid: func(p string) bool {
			return below(p, "") && p != module+"/scenarios/script" && p != module+"/retry"
		},
		why: "a scripted operation is what an engine runs: it knows no client, no drill and no verdict",
	},
	{
		folder: "scenarios/internal/evidence",
		forbid: func(p string) bool { return below(p, "") && p != module+"/faultproxy" },
		why:    "every reader prints a journal record in the same way",
	},
	{
		folder: "scenarios/suite",
		forbid: func(p string) bool {
			return below(p, "") && p != module+"/scenarios" && p != module+"/scenarios/script" &&
				!below(p, "internal/suggest") && !below(p, "internal/atomicfile")
		},
		why: "which drills a run plays depends on the scenarios alone: shards on other machines must agree on it",
	},
	{
		folder: "scenarios/script/schema",
		forbid: func(p string) bool {
			return below(p, "") && p != module+"/scenarios/script" && p != module+"/faultproxy" &&
				!below(p, "internal/strictyaml")
		},
		why: "the schema comes from the types that the decoder fills, and from nothing else",
	},
	{
		folder: "scenarios/explain",
		forbid: func(p string) bool {
			return below(p, "") && p != module+"/scenarios" && p != module+"/scenarios/script" &&
				p != module+"/faultproxy" && p != module+"/retry"
		},
		why: "the prose comes from the scenario, its policy and a play of it: no report has a part in it",
	},
	{
		folder: "scenarios/profile", except: []string{"scenarios/profile/schedule"},
		forbid: func(p string) bool {
			return below(p, "") && p != module+"/scenarios" && p != module+"/scenarios/script" &&
				p != module+"/scenarios/adapter" && p != module+"/faultproxy" && !below(p, "scenarios/profile")
		},
		why: "a profile reads a client from its journal: it knows no client and no retry engine, and of a program " +
			"only whether its adapter has a session",
	},
	{
		folder: "scenarios/profile/schedule",
		forbid: func(p string) bool { return below(p, "") && !below(p, "scenarios/internal/uniformity") },
		why:    "a schedule is read from numbers alone",
	},
	{
		folder: "scenarios/starter",
		forbid: func(p string) bool {
			return below(p, "") && p != module+"/scenarios/script" && !below(p, "internal/suggest")
		},
		why: "the starters are files and their parser",
	},
	{
		folder: "scenarios/harimport",
		forbid: func(p string) bool {
			return below(p, "") && p != module+"/scenarios/script" && !below(p, "internal/glob")
		},
		why: "a recording becomes a text in the words of the format: no drill and no proxy has a part in it",
	},
	{
		folder: "scenarios/merge",
		forbid: func(p string) bool {
			return below(p, "") && p != module+"/scenarios" && p != module+"/scenarios/script" &&
				p != module+"/scenarios/report" && p != module+"/scenarios/suite"
		},
		why: "results are merged from files alone, also where no drill can be played",
	},
	{
		folder: "scenarios/artifacts",
		forbid: func(p string) bool {
			return below(p, "") && p != module+"/scenarios" && p != module+"/scenarios/script" &&
				p != module+"/faultproxy/journal" && p != module+"/scenarios/report"
		},
		why: "artifacts are files of a drill that is over, with its trace as the report makes it: no client has a part in them",
	},
	{
		folder: "scenarios/catalog",
		forbid: func(p string) bool {
			return below(p, "") && p != module+"/scenarios/script" && !below(p, "internal/strictyaml") &&
				!below(p, "internal/suggest")
		},
		why: "the built-in scenarios are files and their parser",
	},
	{
		folder: "",
		forbid: func(p string) bool { return below(p, "cmd") },
		why:    "cmd parses flags and prints results: no package needs its logic",
	},
}

// fakeRoom forbids every import except the standard library and these internal packages of the fake
// S3.
func fakeRoom(rooms ...string) func(importPath string) bool {
	return func(p string) bool {
		for _, room := range rooms {
			if below(p, "faultproxy/fakes3/internal/"+room) {
				return false
			}
		}
		return !standard(p)
	}
}

func TestImportsKeepTheLayers(t *testing.T) {
	imports := moduleImports(t)
	require.Greater(t, len(imports), 5, "the walk found hardly any package")
	for _, v := range violations(imports) {
		t.Error(v)
	}
}

func TestEachLayerRuleCanFail(t *testing.T) {
	for _, broken := range []struct{ folder, imports string }{
		{"retry", "github.com/stretchr/testify/require"},
		{"retry/retryhttp", "github.com/aws/smithy-go"},
		{"retry/retryprom", "github.com/spf13/cobra"},
		{"faultproxy", module + "/retry"},
		{"faultproxy", module + "/faultproxy/fakes3"},
		{"faultproxy", "testing"},
		{"faultproxy/control", module + "/faultproxy/faulttest"},
		{"cmd/chaos", module + "/scenarios/drilltest"},
		{"scenarios", "testing"},
		{"faultproxy/fakes3", module + "/faultproxy"},
		{"faultproxy/internal/poison", module + "/faultproxy/internal/wire"},
		{"faultproxy/internal/wire", module + "/faultproxy"},
		{"faultproxy/internal/wire", module + "/faultproxy/memnet"},
		{"faultproxy/internal/memory", module + "/faultproxy"},
		{"faultproxy/internal/memory", module + "/faultproxy/journal"},
		{"faultproxy/journal", module + "/faultproxy"},
		{"faultproxy/journal", module + "/faultproxy/internal/s3api"},
		{"faultproxy/memnet", module + "/faultproxy"},
		{"s3client", module + "/faultproxy"},
		{"s3client", module + "/scenarios"},
		{"scenarios/hunt", module + "/s3client"},
		{"scenarios/hunt/gen", module + "/scenarios"},
		{"scenarios/hunt/shrink", module + "/scenarios"},
		{"internal/knowable", module + "/scenarios/script"},
		{"internal/mutation", module + "/retry"},
		{"internal/planted", module + "/faultproxy"},
		{"internal/virtual", module + "/scenarios"},
		{"internal/strictyaml", module + "/faultproxy"},
		{"internal/strictyaml", module + "/scenarios"},
		{"internal/prose", module + "/internal/suggest"},
		{"internal/glob", module + "/faultproxy"},
		{"internal/gitignore", module + "/scenarios"},
		{"faultproxy/internal/httptext", module + "/faultproxy/internal/wire"},
		{"faultproxy/internal/flow", module + "/faultproxy"},
		{"faultproxy/internal/redact", module + "/faultproxy/internal/s3api"},
		{"faultproxy/internal/s3api", module + "/faultproxy/internal/redact"},
		{"faultproxy/internal/identity", module + "/faultproxy"},
		{"internal/suggest", module + "/scenarios"},
		{"scenarios/script", module + "/faultproxy/fakes3"},
		{"scenarios/script", module + "/scenarios"},
		{"scenarios/catalog", module + "/scenarios"},
		{"scenarios/suite", module + "/scenarios/report"},
		{"scenarios/merge", module + "/s3client"},
		{"scenarios/starter", module + "/scenarios"},
		{"scenarios/script/schema", module + "/scenarios"},
		{"scenarios/explain", module + "/scenarios/report"},
		{"scenarios/profile", module + "/retry"},
		{"scenarios/profile/schedule", module + "/scenarios"},
		{"scenarios/harimport", module + "/faultproxy/journal"},
		{"scenarios/artifacts", module + "/s3client"},
		{"scenarios/oracle", module + "/s3client"},
		{"scenarios/oracle", module + "/scenarios"},
		{"scenarios/careless", module + "/scenarios/oracle"},
		{"scenarios/adapter", module + "/scenarios/script"},
		{"scenarios/internal/evidence", module + "/scenarios/oracle"},
		{"scenarios/internal/stdout", module + "/scenarios/script"},
		{"scenarios", module + "/cmd/chaos"},
	} {
		found := violations(map[string][]string{broken.folder: {broken.imports}})
		require.NotEmpty(t, found, "%s importing %s", broken.folder, broken.imports)
	}
}

func violations(imports map[string][]string) []string {
	var found []string
	for folder, paths := range imports {
		for _, r := range rules {
			if !r.governs(folder) {
				continue
			}
			for _, p := range paths {
				if r.forbid(p) {
					found = append(found, folder+" imports "+p+": "+r.why)
				}
			}
		}
	}
	return found
}

func (r rule) governs(folder string) bool {
	for _, e := range r.except {
		if within(folder, e) {
			return false
		}
	}
	return within(folder, r.folder)
}

// moduleImports returns the imports of each folder of the module, without those of test files.
func moduleImports(t *testing.T) map[string][]string {
	t.Helper()
	root := filepath.Join("..", "..")
	imports := map[string][]string{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			name := d.Name()
			if name == "testdata" || name == "bench" || strings.HasPrefix(name, ".") && name != ".." {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		folder := filepath.ToSlash(rel)
		for _, spec := range parsed.Imports {
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports[folder] = append(imports[folder], p)
		}
		return nil
	})
	require.NoError(t, err)
	return imports
}

// standard reports whether p is in the standard library: the first element of every other path has
// a dot.
func standard(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return !strings.Contains(first, ".")
}

// below reports whether p is the package in this folder of the module or lies under it.
func below(p, folder string) bool {
	return within(p, path.Join(module, folder))
}

func within(p, folder string) bool {
	return folder == "" || p == folder || strings.HasPrefix(p, folder+"/")
}
