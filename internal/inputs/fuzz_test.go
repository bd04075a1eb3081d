package inputs_test

import (
	"strings"
	"testing"

	"hcp-packer-iteration/internal/inputs"
	"hcp-packer-iteration/internal/selection"
)

// FuzzLabels reads any text as labels: it is refused, or read as the lines that it has.
func FuzzLabels(f *testing.F) {
	for _, text := range []string{"", "a=b", "a=b=c\n\n c = d \r\n", "=", "a", "a=", "\x00=\xff", "::error::=x\n##[x]=y"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		in, err := inputs.ReadResolve(func(name string) (string, bool) {
			value, found := map[string]string{"INPUT_BUCKET": "b", "INPUT_CHANNEL": "c", "INPUT_LABELS": text}[name]
			return value, found
		})
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n") || strings.Contains(err.Error(), "##[") {
				t.Errorf("the message is not one plain line: %q", err)
			}
			return
		}
		var want []selection.Label
		for _, line := range strings.Split(text, "\n") {
			if line = strings.TrimSpace(line); line != "" {
				key, value, _ := strings.Cut(line, "=")
				want = append(want, selection.Label{Key: key, Value: value})
			}
		}
		if len(in.Selectors.Labels) != len(want) {
			t.Fatalf("got %d labels of %q, want %d", len(in.Selectors.Labels), text, len(want))
		}
		for i := range want {
			if in.Selectors.Labels[i] != want[i] || want[i].Key == "" {
				t.Errorf("label %d of %q: got %q, want %q", i, text, in.Selectors.Labels[i], want[i])
			}
		}
	})
}
