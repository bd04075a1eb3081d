package workspace_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/workspace"
	"hcp-packer-iteration/internal/workspace/workspacetest"
)

// TestFind_comments is about the lines of files that are nothing but a comment. In each text, ID stands for an id;
// want are the lines where one is found.
func TestFind_comments(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		// HCL
		{"a.tf", "# ID\n\t// ID\nx = \"ID\" # ID\n/* ID\n ID\n*/ x = ID\n/* ID */ # ID\n/* ID */ x = 1", "3 6 8"},
		{"a.tf", "x = 1 /* ID\nID\n*/\n# ID\nID", "1 5"},
		{"a.tf", "x = \"a/* b\" // \" /*\ny = \"${lookup(m, \"/*\")}\" # /* \"\n# ID\nID", "4"},
		{"a.tf", "x = \"\\\"/*\"\nID\n# ID", "2"},
		{"a.tf", "x = \"$${a /* }\"\nID\n# ID", "2"},
		{"a.tf", "x = \"%{ if f(y, \"/*\") }a%%{%{ endif }/*\"\nID\n# ID", "2"},
		{"a.tf", "x = \"${\n  # ID\n  f(\"{ # \", {})\n  # ID\n}\"\n# ID\nID", "7"},
		{"a.tf", "x = <<EOF\n# ID\n/* ID\n// ID ${x}\n  EOF\n# ID\nID", "2 3 4 7"},
		{"a.tf", "x = f(<<-EOF\n# ID\nEOFS\n# ID\nEOF \n)\n# ID", "2 4"},
		{"a.tf", "x = \"not closed\ny = 1\n# ID", "3"},
		{"a.pkr.hcl", "# ID\r\n/* ID\r\nID */\r\nID\r\n", "4"},
		{"terragrunt.hcl", "# ID\n/* ID */", ""},
		{"a.auto.tfvars", "# ID\nx = 1 << 2\n# ID", ""},
		{"a.tf.json", "# ID\n// ID\n{\"//\": \"ID\"}", "1 2 3"},
		// YAML
		{"a.yaml", "# ID\na: ID # ID\nb: x#y\n  # ID\nc: 'it''s\n  # ID'\n# ID\nd: \"\\\"\n# ID\"\n# ID", "2 6 9"},
		{"a.yml", "a: |\n  # ID\n\n  x\n # ID\nb: >-\n  # ID\n# ID\nID", "2 7 9"},
		{"a.yml", "- run: | # ID\n    # ID\n  # ID\n- |\n # ID\n# ID\n- >2+\n   # ID\n  # ID\n# ID", "1 2 5 8 9"},
		{"a.yml", "--- |\n# ID", "2"},
		{"a.yml", "- a: !!str |-\n\n   # ID\n\n  # ID", "3"},
		{"a.yml", "a: |\nb: 1\n  # ID", ""},
		{"a.yml", "a: x | y\n# ID\nb: don't\n# ID\nc: [\"a\", 'b # ']\n# ID\nd: a|\n # ID", ""},
		// Shells
		{"a.sh", "#!/bin/sh ID\n# ID\necho a#ID; # ID\necho \"\n# ID\n\" 'a\n# ID' \\' $#\n# ID\nID", "3 5 7 9"},
		{"a.sh", "cat <<EOF <<-'E2' >f # ID\n# ID\n\tEOF\n# ID\nEOF\n# ID\n\tE2\n# ID", "1 2 4 6"},
		{"a.bash", "x=\"$(cat <<EOF\n\"\n# ID\nEOF\n)\"\n# ID\ncat <<< 'EOF'\n# ID\necho $'\\'#'\n# ID", "3"},
		{"a.sh", "cat <<'!' <<'--'\n# ID\n!\n# ID\n--\n# ID\necho $((1<<2))\n# ID", "2 4"},
		{"a.sh", "echo \"$(f \"a # b\" (c) ) ID\n# ID\"\n# ID", "1 2"},
		{"deploy", "# ID", "1"},
		// Others whose comments begin with #
		{"Dockerfile", "# ID\nRUN a \\\n  # ID\n && ID\nRUN <<EOF\n# ID\nEOF\n# ID", "4 6"},
		{"Dockerfile.prod", "# ID", ""},
		{"web.dockerfile", "# ID", ""},
		{"docker/Containerfile", "# ID", ""},
		{"a.mk", "# ID\ndefine A\n# ID\nendef\n# ID", "3"},
		{"a.cfg", "#cloud-config\n# ID\n- content: |\n    # ID\n# ID", "4"},
		{"a.conf", "# ID\na = \"\"\"\n# ID\n\"\"\"\n# ID", "3"},
		{"Makefile", "# ID\nall: # ID\n\t# ID\n\techo 'a \\\n# ID'\nID", "2 5 6"},
		{".env", "# ID\nA=it's\n# ID\nB=\"\n# ID\n\"\n# ID\nC=`\n# ID\n`", "5 9"},
		{"prod.env", "# ID", ""},
		{".env.local", "# ID", ""},
		{"a.properties", "# ID\n! ID\na = b\\\n# ID\n# ID", "4"},
		{"a.ini", "; ID\n# ID\nx = ID ; ID", "3"},
		{"a.toml", "# ID\na = \"\"\"\n# ID\n\"\"\" # ID\nb = '#'\n# ID\nc = '''\n# ID'''", "3 4 8"},
		{"a.py", "# ID\n\"\"\"\n# ID\n\"\"\"\nx = 'a\\\n# ID'\n# ID\ny = r'''\\\n# ID'''\n# ID", "3 6 9"},
		{"a.rb", "# ID\nx = <<~EOS\n# ID\n  EOS\n# ID\ny = \"a\n# ID #{z}\"\na << b\n# ID", "3 7"},
		{"Vagrantfile", "# ID\na <<-eos, <<~'end'\n# ID\n eos\n# ID\nend\na<<b\n# ID", "3 5"},
		{"a.ps1", "# ID\n<# ID\nID #>\n$a = @\"\n# ID \"@\n\"@\n# ID\n$b = \"`\"\n# ID\"\n$c = 'a#b\n<# ID' # ID\nID", "5 9 11 12"},
		// Others whose comments begin with //
		{"a.go", "// ID\n/* ID\n*/\nx := `\n// ID\n/* ID\n` // `\n// ID\ny := '\"' /* ID\nID */\n// ID\ns := \"/*\"\nID", "5 6 9 13"},
		{"a.ts", "// ID\n/** ID\n * ID\n */\nx = `\n// ID ${f({a: `\n// ID`}) // ID\n} // ID\n`\ny = /[/*]/\nID\n// ID", "6 7 8 11"},
		{"a.js", "x = \"**/*.js\", y = /\\/*$/\nID\n/* ID */", "2"},
		{"a.jsx", "<p>Don't</p>\n// ID", "2"},
		{"Jenkinsfile", "// ID\nx = '''\n// ID\n''' + \"${\"/*\"}\"\nID\n/* ID\n*/", "3 5"},
		{"Jenkinsfile", "x = $/ ${y} $/ a\n// ID\n/$\ny = /a$/\n// ID", "2"},
		{"a.java", "/** ID */\nx = \"\"\"\n// ID\n\"\"\";\n// ID", "3"},
		{"a.bicep", "// ID\nx = '${f('/*')}'\nID\ny = '''\n// ID\n'''", "3 5"},
		{"a.jsonc", "// ID\n{\"a\": \"// ID\"} /* ID\nID */", "2"},
		{"a.json5", "// ID\n{a: '/*'}\nID", "3"},
		{"a.json", "// ID", "1"},
		// Others
		{"a.xml", "<!-- ID\nID --> <!-- ID -->\n<a/> <!-- ID -->\n<![CDATA[\n<!-- ID -->\n]]>\n<!-- ID -->", "3 5"},
		{"a.sql", "-- ID\n/* ID */\nx '\n-- ID\n' -- ID\n$$\n-- ID\n$$;\n--ID", "4 5 7"},
		{"a.bat", "REM ID\n  @rem ID\n:: ID\nset X=ID ^\n:: ID\nremove ID", "4 5 6"},
		{"README.md", "# ID\n<!-- ID -->", "1 2"},
		{"a.yml", "# x\ra: ID\r", "1"},
		// What is too deep, or too long to be held, may be anything.
		{"a.tf", strings.Repeat("x = \"${\"${\n", 100) + "# ID", "101"},
		{"a.tf", "# ID\n# " + strings.Repeat("x", 300_000) + " ID\n# ID", "2 3"},
	}
	for i, test := range tests {
		t.Run(fmt.Sprintf("%d_%s", i, test.name), func(t *testing.T) {
			t.Parallel()
			const id = "ami-12345678"
			dir := workspacetest.Folder{test.name: strings.ReplaceAll(test.text, "ID", id)}.Make(t, t.TempDir())
			var lines []string
			for _, image := range workspacetest.Find(t, dir, workspace.Sources{Files: []string{test.name}}).Images {
				for _, place := range image.Places {
					lines = append(lines, strconv.Itoa(place.Line))
				}
			}
			if got := strings.Join(lines, " "); got != test.want {
				t.Errorf("%s\ngot the lines %q, want %q", test.text, got, test.want)
			}
		})
	}
}
