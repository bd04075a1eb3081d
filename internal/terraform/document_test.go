package terraform

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/imageids"
)

// readPlan finds the ids in a plan that is not in a file.
func readPlan(ctx context.Context, in io.Reader, scope Scope) (imageids.Found, error) {
	var found imageids.Found
	err := Find(ctx, "plan", "plan.json", bufio.NewReader(in), scope, &found)
	return found, err
}

// largePlan is a plan of so many bytes, with changes as a provider makes them.
func largePlan(size int) *strings.Reader {
	const change = `{"address": "module.web[0].aws_instance.node", "mode": "managed", "type": "aws_instance", "change": {
	"actions": ["create"], "before": null, "after": {"ami": "ami-0123456789abcdef0", "instance_type": "t3.micro", "launch_template": [],
	"source_dest_check": true, "tags": {"Name": "web"}, "user_data": "#!/bin/sh\nset -eu\necho hello\n"},
	"after_unknown": {"arn": true, "ebs_block_device": true, "tags": {}}, "after_sensitive": {"launch_template": [], "tags": {}}}}`
	return strings.NewReader(`{"format_version": "1.2", "resource_changes": [` + strings.Repeat(change+",", size/len(change)) + change + "]}")
}

// TestPlan_bounds is about plans that would take gigabytes: no more is read of them than can be held.
func TestPlan_bounds(t *testing.T) {
	t.Parallel()
	const (
		size  = 18 << 20
		start = `{"format_version": "1.2", `
		after = start + `"resource_changes": [{"change": {"after": `
	)
	tests := map[string]struct {
		start, part string
		want        string
		most        int // bytes that may be read
	}{
		"values":          {after + "[", "123456789,", "one value in it is over 16 MiB", 17 << 20},
		"text":            {after + `"`, "{},[", "one value in it is over 16 MiB", 17 << 20},
		"text_of_escapes": {after + `"`, `\"`, "one value in it is over 16 MiB", 17 << 20},
		"depth":           {start + `"configuration": `, "[", "its JSON is nested more than 1000 deep", 1 << 20},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.NewReader(test.start + strings.Repeat(test.part, size/len(test.part)))
			_, err := readPlan(t.Context(), text, ScopeChanged)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got the error %v, want %s", err, test.want)
			}
			if read := int(text.Size()) - text.Len(); read > test.most {
				t.Errorf("read %d bytes, want at most %d", read, test.most)
			}
		})
	}
}

// TestMarked_bounds has a short document of which the paths of the marks would take gigabytes.
func TestMarked_bounds(t *testing.T) {
	t.Parallel()
	d := newValue([]byte(strings.Repeat("[", 900) + strings.Repeat("true,", 1<<20)))
	if marks, err := marked(d); err != errTooLarge {
		t.Errorf("got %d marks and the error %v", len(marks), err)
	}
}

// TestPlan_memory is not parallel: it looks at the memory of the process.
func TestPlan_memory(t *testing.T) {
	const most = 6 << 20
	plan := largePlan(8 << 20)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	found, err := readPlan(t.Context(), plan, ScopeChanged)
	if err != nil || len(found.Images) != 1 {
		t.Fatalf("got %v and the error %v", found, err)
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > most {
		t.Errorf("the heap grew by %d bytes, want at most %d", grown, most)
	}
}

// TestPlan_ended lets the time run out in the middle of a plan.
func TestPlan_ended(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	plan := strings.NewReader(`{"format_version": "1.2", "prior_state": [` + strings.Repeat("{},", 1<<20))
	_, err := readPlan(ctx, readerFunc(func(buffer []byte) (int, error) {
		if plan.Len() < 2<<20 {
			cancel()
		}
		return plan.Read(buffer)
	}), ScopeChanged)
	if ctx.Err() == nil || err != ctx.Err() {
		t.Errorf("got the error %v, want %v", err, ctx.Err())
	}
	if plan.Len() < 1<<20 {
		t.Errorf("read on until %d bytes were left", plan.Len())
	}
}

// TestComposer_bounds has a block and a command that never end.
func TestComposer_bounds(t *testing.T) {
	t.Parallel()
	c := Composer{Found: func(int, string) error { return nil }}
	for line := range strings.Lines("computeGallery {\n" + strings.Repeat("gallery = --image web \\\n", 2000)) {
		if err := c.Add(0, []byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	if c.block != nil || len(c.command) > maxCommand {
		t.Errorf("kept the block %v and %d bytes of the command", c.block, len(c.command))
	}
}

func BenchmarkPlan(b *testing.B) {
	for b.Loop() {
		plan := largePlan(64 << 20)
		b.SetBytes(plan.Size())
		if _, err := readPlan(b.Context(), plan, ScopeChanged); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzPlan decodes plans, which a pull request may have written: none may crash the step. The seeds
// are small, lest the fuzzer spend its time on making them so.
func FuzzPlan(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, scope := range Scopes() {
			found, err := readPlan(t.Context(), bytes.NewReader(data), scope)
			if err != nil {
				continue
			}
			for _, image := range found.Images {
				if image.ID == "" || len(image.Places) == 0 {
					t.Errorf("%s: got %+v, which has no id or no place", scope, image)
				}
			}
		}
	})
}

// TestAttributes has a plan of each resource of the table, and of others where an attribute counts in all: with the
// attribute in one, and not known before apply in another.
func TestAttributes(t *testing.T) {
	t.Parallel()
	for _, a := range attributes {
		names := strings.Split(a.path, ".")
		nest := func(value string) string {
			return `{"` + strings.Join(names, `": [{"`) + `": ` + value + strings.Repeat("}]", len(names)-1) + "}"
		}
		types := slices.Clone(a.types)
		if !a.only {
			types = append(types, "terraform_data")
		}
		for i, kind := range types {
			start := `{"mode": "managed", "type": "` + kind + `", "change": {"actions": ["create"], `
			plan := `{"format_version": "1.2", "resource_changes": [` +
				start + `"after": ` + nest(`"web-1"`) + "}}, " + start + `"after_unknown": ` + nest("true") + "}}]}"
			unknown := 1
			if a.computed && i < len(a.types) {
				unknown = 0
			}
			found, err := readPlan(t.Context(), strings.NewReader(plan), ScopeChanged)
			if err != nil || len(found.Images) != 1 || len(found.Unknown) != unknown {
				t.Errorf("%s in %s: got %v, %v, want one image and %d unknown", a.path, kind, found, err, unknown)
			}
		}
	}
}
