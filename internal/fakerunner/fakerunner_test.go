package fakerunner_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/fakerunner"
)

func TestParseOutputs(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want map[string]string
	}{
		"empty":                  {"", map[string]string{}},
		"blank_lines":            {"\n\na=1\n\n", map[string]string{"a": "1"}},
		"value":                  {"a=1\n", map[string]string{"a": "1"}},
		"value_with_block_sign":  {"a=b<<EOF\n", map[string]string{"a": "b<<EOF"}},
		"value_is_not_trimmed":   {"a= b \n", map[string]string{"a": " b "}},
		"block":                  {"a<<EOF\n1\n2\nEOF\n", map[string]string{"a": "1\n2"}},
		"block_empty":            {"a<<EOF\nEOF\n", map[string]string{"a": ""}},
		"block_of_blank_lines":   {"a<<EOF\n\n\nEOF\n", map[string]string{"a": "\n"}},
		"block_with_values":      {"a<<EOF\nb=2\nc<<X\nEOF\n", map[string]string{"a": "b=2\nc<<X"}},
		"block_almost_ended":     {"a<<EOF\nEOF \n EOF\nEOF\n", map[string]string{"a": "EOF \n EOF"}},
		"block_ended_from_value": {"a<<EOF\nx\nEOF\nb=evil\n", map[string]string{"a": "x", "b": "evil"}},
		"delimiter_with_equals":  {"a<<E=F\n1\nE=F\n", map[string]string{"a": "1"}},
		"several":                {"a=1\nb<<EOF\n2\nEOF\nc=3\n", map[string]string{"a": "1", "b": "2", "c": "3"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := fakerunner.ParseOutputs(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// What the runner takes for an error, see its FileCommandManager.cs.
func TestParseOutputs_refuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"neither_value_nor_block": "a\n",
		"value_without_name":      "=1\n",
		"block_without_name":      "<<EOF\nEOF\n",
		"block_without_delimiter": "a<<\n1\n\n",
		"block_without_end":       "a<<EOF\n1\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := fakerunner.ParseOutputs(text); err == nil {
				t.Errorf("got %v, want an error", got)
			}
		})
	}
}
