package hcp

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// awkward is a secret that every form writes in another way.
const awkward = `s3cr3t/of<a>&"b"+c é~%d`

// echoes are the ways in which a server can put a secret into a JSON string, quotes included.
func echoes() map[string]func(secret string) string {
	quoted := func(text string) string {
		literal, err := json.Marshal(text)
		if err != nil {
			panic(err)
		}
		return string(literal)
	}
	in := func(form func(string) string) func(string) string {
		return func(secret string) string { return quoted(form(secret)) }
	}
	base64At := func(encoding *base64.Encoding, before, behind string) func(string) string {
		return in(func(secret string) string { return encoding.EncodeToString([]byte(before + secret + behind)) })
	}
	list := map[string]func(string) string{
		"as_it_is":          quoted,
		"for_a_query":       in(url.QueryEscape),
		"for_a_path":        in(url.PathEscape),
		"in_lower_case":     in(func(s string) string { return lowerEscapes(url.QueryEscape(s)) }),
		"json_in_json":      in(quoted),
		"slashes_escaped":   func(s string) string { return strings.ReplaceAll(quoted(s), "/", `\/`) },
		"slashes_in_json":   in(func(s string) string { return strings.ReplaceAll(quoted(s), "/", `\/`) }),
		"ascii_in_json":     in(func(s string) string { return escapeBeyondASCII(quoted(s)) }),
		"all_escaped":       escapeAll,
		"all_escaped_basic": func(s string) string { return escapeAll(base64.StdEncoding.EncodeToString([]byte("the-client:" + s))) },
		"basic":             base64At(base64.StdEncoding, "the-client:", ""),
		"basic_encoded": in(func(s string) string {
			return base64.StdEncoding.EncodeToString([]byte("the-client:" + url.QueryEscape(s)))
		}),
	}
	for before := range 3 {
		for name, encoding := range map[string]*base64.Encoding{"std": base64.StdEncoding, "url": base64.URLEncoding} {
			for behind := range 3 {
				list[fmt.Sprintf("base64_%s_%d_%d", name, before, behind)] = base64At(encoding, strings.Repeat("?", before), strings.Repeat("?", behind))
			}
		}
	}
	return list
}

// escapeAll is a JSON string with nothing but escapes.
func escapeAll(text string) string {
	var b strings.Builder
	for _, r := range text {
		fmt.Fprintf(&b, `\u%04x`, r)
	}
	return `"` + b.String() + `"`
}

// TestEchoes has the registry put a secret into its words: none of it is shown, also where the message
// is cut within it.
func TestEchoes(t *testing.T) {
	t.Parallel()
	for name, echo := range echoes() {
		for _, secret := range []string{awkward, accessToken} {
			for _, before := range []int{0, 280} {
				t.Run(fmt.Sprintf("%s/%s/%d", name, secret[:3], before), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						c := newCloud(t)
						literal := `"` + strings.Repeat("x", before) + echo(secret)[1:]
						c.fail(channelRoute, answer(503, `{"message": `+literal+`}`), answer(403, `{"code": 7, "message": `+literal+`}`))
						cfg := secretConfig()
						cfg.Credentials.ClientSecret = awkward
						text := c.text(c.getChannel(t.Context(), cfg))
						if strings.Count(text, redacted) != 2 {
							t.Errorf("nothing was taken out of %s", text)
						}
						for _, form := range forms(secret) {
							for i := range max(0, len(form)-8) {
								if part := form[i : i+8]; strings.Contains(text, part) {
									t.Fatalf("%q of %q is in %s", part, form, text)
								}
							}
						}
					})
				})
			}
		}
	}
}

// TestFormsAreMasked looks at what the runner is told of a secret, before it is used.
func TestFormsAreMasked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		cfg := secretConfig()
		cfg.Credentials.ClientSecret = awkward
		if _, err := c.logIn(t, cfg, nil); err != nil {
			t.Fatal(err)
		}
		before, _, _ := strings.Cut(strings.Join(c.events, "\n"), "\nrequest of token")
		for _, form := range forms(awkward) {
			if !strings.Contains("\n"+before+"\n", "\nmask of "+form+"\n") {
				t.Errorf("%q is not masked before it is used", form)
			}
		}
		if first := c.events[0]; first != "mask of "+awkward {
			t.Errorf("the first mask is %q", first)
		}
	})
}

func TestRedactJSON(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ document, want string }{
		"nothing":       {`{"a": "b"}`, `{"a": "b"}`},
		"empty":         {``, ``},
		"plain":         {`{"a": "x the-secret y"}`, `{"a": "x *** y"}`},
		"key":           {`{"the-secret": 1}`, `{"***": 1}`},
		"escaped":       {`{"a": "\u0074he-secret", "b": "\"the\u002dsecret\""}`, `{"a": "***", "b": "\"***\""}`},
		"other_escapes": {`{"a": "\u0074", "b": "\\", "c": "\""}`, `{"a": "\u0074", "b": "\\", "c": "\""}`},
		"end_of_string": {`{"a": "\\", "b": "\u0074he-secret\\"}`, `{"a": "\\", "b": "***\\"}`},
		"broken":        {`{"a": "\u0074he-`, `{"a": "\u0074he-`},
		"broken_escape": {`{"a": "\u00", "b": "\u0074he-secret"}`, `{"a": "\u00", "b": "***"}`},
		"backslash_end": {`{"a": "\`, `{"a": "\`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := redactJSON([]byte(tc.document), []string{"the-secret"})
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestForms_ShortSecret keeps what may be a part of anything else out of the search.
func TestForms_ShortSecret(t *testing.T) {
	t.Parallel()
	var masked []string
	l := &login{Job: Job{Mask: func(secret string) { masked = append(masked, secret) }}}
	l.secret("v1")
	if diff := cmp.Diff([]string{"v1"}, masked); diff != "" {
		t.Errorf("masks (-want +got):\n%s", diff)
	}
	if len(l.secrets) > 0 {
		t.Errorf("%q is looked for", l.secrets)
	}
}
