package terraform

import (
	"bufio"
	"context"
	"io"
	"runtime"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/imageids"
)

// ordinaryChange is a change as a provider makes them.
const ordinaryChange = `{"address": "module.web[0].aws_instance.node", "mode": "managed", "type": "aws_instance", "change": {
	"actions": ["create"], "before": null, "after": {"ami": "ami-0123456789abcdef0", "instance_type": "t3.micro", "launch_template": [],
	"source_dest_check": true, "tags": {"Name": "web"}, "user_data": "#!/bin/sh\nset -eu\necho hello\n"},
	"after_unknown": {"arn": true, "ebs_block_device": true, "tags": {}}, "after_sensitive": {"launch_template": [], "tags": {}}}}`

// longText is a text that repeats a part between a start and an end, to a size. It counts what is
// read of it.
type longText struct {
	io.Reader
	read int
}

func newLongText(start, part, end string, size int) *longText {
	repeated := io.LimitReader(&repeatedPart{part: part}, int64(size/len(part)*len(part)))
	return &longText{Reader: io.MultiReader(strings.NewReader(start), repeated, strings.NewReader(end))}
}

func (l *longText) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	l.read += n
	return n, err
}

type repeatedPart struct {
	part string
	at   int
}

func (r *repeatedPart) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		copied := copy(p[n:], r.part[r.at:])
		n, r.at = n+copied, (r.at+copied)%len(r.part)
	}
	return n, nil
}

// readPlan finds the ids in a plan that is not in a file.
func readPlan(ctx context.Context, in io.Reader) (imageids.Found, error) {
	var found imageids.Found
	open := func() (*bufio.Reader, error) { return bufio.NewReader(in), nil }
	err := FindInPlan(ctx, "plan.json", open, ScopeChanged, &found)
	return found, err
}

// TestPlan_bounds is about plans that would take gigabytes: no more is read of them than can be held.
func TestPlan_bounds(t *testing.T) {
	t.Parallel()
	const (
		size  = 63 << 20
		start = `{"format_version": "1.2", `
		after = start + `"resource_changes": [{"change": {"after": `
	)
	tests := map[string]struct {
		start, part string
		want        string
		most        int // bytes that may be read
	}{
		"values":          {after + "[", "1,", "one value in it is over 16 MiB", 17 << 20},
		"text":            {after + `"`, "{},[", "one value in it is over 16 MiB", 17 << 20},
		"text_of_escapes": {after + `"`, `\"`, "one value in it is over 16 MiB", 17 << 20},
		"depth":           {start + `"configuration": `, "[", "its JSON is nested more than 1000 deep", 1 << 20},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := newLongText(test.start, test.part, "", size)
			_, err := readPlan(t.Context(), text)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got the error %v, want %s", err, test.want)
			}
			if text.read > test.most {
				t.Errorf("read %d bytes, want at most %d", text.read, test.most)
			}
		})
	}
}

// TestMarked_bounds has a short document of which the paths of the marks would take gigabytes.
func TestMarked_bounds(t *testing.T) {
	t.Parallel()
	d := newValue([]byte(strings.Repeat("[", 900) + strings.Repeat("true,", 1<<20)))
	if marks, err := marked(d); err != errTooLarge() {
		t.Errorf("got %d marks and the error %v", len(marks), err)
	}
}

// TestPlan_memory is not parallel: it looks at the memory of the process.
func TestPlan_memory(t *testing.T) {
	const size, most = 16 << 20, 12 << 20
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	found, err := readPlan(t.Context(), newLongText(`{"format_version": "1.2", "resource_changes": [`, ordinaryChange+",", ordinaryChange+"]}", size))
	if err != nil || len(found.Images) != 1 {
		t.Fatalf("got %v and the error %v", found, err)
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > most {
		t.Errorf("the heap grew by %d bytes for a plan of %d, want at most %d", grown, size, most)
	}
}

// TestPlan_ended lets the time run out in the middle of a plan.
func TestPlan_ended(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	text := newLongText(`{"format_version": "1.2", "resource_changes": [`, ordinaryChange+",", "", 63<<20)
	_, err := readPlan(ctx, &cancelling{text, 1 << 20, cancel})
	if ctx.Err() == nil || err != ctx.Err() {
		t.Errorf("got the error %v, want %v", err, ctx.Err())
	}
	if most := 1<<20 + 2*readAhead; text.read > most {
		t.Errorf("read %d bytes, want at most %d", text.read, most)
	}
}

// cancelling cancels when so much was read.
type cancelling struct {
	*longText
	after  int
	cancel context.CancelFunc
}

func (c *cancelling) Read(p []byte) (int, error) {
	if c.read >= c.after {
		c.cancel()
	}
	return c.longText.Read(p)
}

func BenchmarkPlan(b *testing.B) {
	const size = 256 << 20
	b.SetBytes(size)
	for b.Loop() {
		if _, err := readPlan(b.Context(), newLongText(`{"format_version": "1.2", "resource_changes": [`, ordinaryChange+",", ordinaryChange+"]}", size)); err != nil {
			b.Fatal(err)
		}
	}
}
