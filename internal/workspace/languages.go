package workspace

import (
	"path"
	"regexp"
	"strings"
)

// language is how a kind of files has comments, and what can look like one and is none: as much of it as lines that
// are nothing but a comment take.
type language struct {
	// names are how the names of its files end, those without a period also how they begin.
	names string
	parts []part
	// heredoc is how one begins: what is not empty if its end may be indented, and its end. indent is with what.
	heredoc *regexp.Regexp
	indent  string
	// scalars is whether there are YAML's block scalars.
	scalars bool
	// joins is what ends a line that goes on in the next one, which then is no comment.
	joins string
}

// part is a comment or a string.
type part struct {
	// open and close are what it is between. A comment to the line's end closes with the line break; a line break
	// before something else is the beginning of a line.
	open, close string
	comment     bool
	// first is whether only comments may be before it on its line.
	first bool
	// after are the characters that it has to be behind, if it is not at the beginning of a line.
	after string
	// escape is what the next character is literal behind.
	escape string
	// spans is whether it may go on in the next line.
	spans bool
	// templates are how code in it begins, ${ or $(. It is none where their first character is doubled.
	templates []string
}

const blanks = " \t\r\n\f\v"

// Comments: to the end of a line, to the end of a line that they begin, and between two marks.
func toEnd(open string) part     { return part{open: open, close: "\n", comment: true} }
func wholeLine(open string) part { return part{open: open, close: "\n", comment: true, first: true} }
func block(open, close string) part {
	return part{open: open, close: close, comment: true, spans: true}
}

// Strings: in a line, and over lines.
func quoted(quote string) part { return part{open: quote, close: quote, escape: `\`} }
func text(quote, escape string) part {
	return part{open: quote, close: quote, escape: escape, spans: true}
}

func (p part) behind(characters string) part { p.after = blanks + characters; return p }
func (p part) atStart() part                 { p.first = true; return p }
func (p part) with(templates ...string) part { p.templates = templates; return p }

var (
	hclHeredoc   = regexp.MustCompile(`^(<<)-?([\pL_][\pL\d_-]*)[ \t\r]*\n`)
	shellHeredoc = regexp.MustCompile(`^<<(-?)[ \t]*\\?["']?([\pL_!#*+.:@-][^\s"'` + "`" + `\\<>|&;()]*)["']?`)
	rubyHeredoc  = regexp.MustCompile("^<<(?:([-~])[\"'`]?([A-Za-z_]\\w*)|[\"'`]?([A-Z_]\\w*))[\"'`]?")
)

// languages are those of the files that people name images in. In one whose strings cannot all be told from what surrounds
// them, as with regular expressions between slashes, a comment over lines counts at the beginning of a line only.
var languages = []language{
	{names: ".tf .tofu .hcl .tfvars .tfbackend .nomad", heredoc: hclHeredoc, indent: " \t", parts: []part{
		toEnd("#"), toEnd("//"), block("/*", "*/"), quoted(`"`).with("${", "%{")}},
	{names: ".yaml .yml", scalars: true, parts: []part{
		toEnd("#").behind(""), text(`"`, `\`).behind("[{,:-"), text("'", "").behind("[{,:-")}},
	{names: ".sh .bash .zsh .ksh .envrc", heredoc: shellHeredoc, indent: "\t", parts: []part{
		toEnd("#").behind(";&|()"), text("'", ""), text(`"`, `\`).with("$("), {open: "$'", close: "'", escape: `\`, spans: true}}},
	{names: "dockerfile containerfile", heredoc: shellHeredoc, indent: "\t", parts: []part{wholeLine("#")}},
	{names: "makefile gnumakefile .mk", joins: `\`, parts: []part{
		wholeLine("#"), {open: "define ", close: "\nendef", first: true, spans: true}}},
	{names: ".env", parts: []part{wholeLine("#"), text(`"`, `\`).behind("="), text("'", "").behind("="), text("`", "").behind("=")}},
	{names: ".properties", joins: `\`, parts: []part{wholeLine("#"), wholeLine("!")}},
	// Of these some are HOCON, and some cloud-init's, which is YAML.
	{names: ".ini .cfg .conf", scalars: true, joins: `\`, parts: []part{wholeLine("#"), wholeLine(";"), text(`"""`, "")}},
	{names: ".toml", parts: []part{toEnd("#"), text(`"""`, `\`), text("'''", ""), quoted(`"`), {open: "'", close: "'"}}},
	{names: ".py", parts: []part{toEnd("#"), text(`"""`, `\`), text("'''", `\`), quoted(`"`), quoted("'")}},
	{names: ".rb vagrantfile gemfile rakefile", heredoc: rubyHeredoc, indent: " \t", parts: []part{
		toEnd("#").behind(";"), text(`"`, `\`), text("'", `\`), text("`", `\`)}},
	{names: ".ps1 .psm1 .psd1", parts: []part{
		block("<#", "#>"), toEnd("#").behind(";(){}|"), {open: `@"`, close: "\n\"@", spans: true}, {open: "@'", close: "\n'@", spans: true},
		text(`"`, "`"), text("'", "")}},
	{names: ".go .java .kt .kts .c .h .cc .cpp .cs .jsonc .json5", parts: []part{
		toEnd("//"), block("/*", "*/"), text(`"""`, `\`), quoted(`"`), quoted("'"), text("`", "")}},
	{names: ".js .mjs .cjs .jsx .ts .mts .cts .tsx", parts: []part{
		toEnd("//"), block("/*", "*/").atStart(), quoted(`"`), quoted("'"), text("`", `\`).with("${")}},
	{names: ".groovy .gradle jenkinsfile", parts: []part{
		toEnd("//"), block("/*", "*/").atStart(), text(`"""`, `\`).with("${"), text("'''", `\`),
		part{open: "$/", close: "/$", escape: "$", spans: true}.behind("(,="), quoted(`"`).with("${"), quoted("'")}},
	{names: ".bicep .bicepparam", parts: []part{
		toEnd("//"), block("/*", "*/"), text("'''", ""), quoted("'").with("${")}},
	{names: ".xml .html .htm", parts: []part{block("<!--", "-->").atStart(), {open: "<![CDATA[", close: "]]>", spans: true}}},
	{names: ".sql", parts: []part{toEnd("--"), block("/*", "*/"), text("'", ""), text(`"`, ""), text("$$", "")}},
	{names: ".bat .cmd", joins: "^", parts: []part{
		wholeLine("rem "), wholeLine("REM "), wholeLine("@rem "), wholeLine("@REM "), wholeLine("::")}},
}

// languageOf is that of a file, nil where it is not known.
func languageOf(name string) *language {
	name = strings.ToLower(path.Base(name))
	var byName *language
	for i := range languages {
		for pattern := range strings.FieldsSeq(languages[i].names) {
			switch {
			case path.Ext(name) == pattern:
				return &languages[i]
			case byName == nil && (name == pattern || strings.HasPrefix(name, pattern+".") || strings.HasSuffix(name, "."+pattern)):
				byName = &languages[i]
			}
		}
	}
	return byName
}
