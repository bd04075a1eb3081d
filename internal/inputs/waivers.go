package inputs

import "hcp-packer-iteration/internal/verdict"

// Waivers let through what would fail.
type Waivers struct {
	// Given are those of the input.
	Given []verdict.Waiver
	// File is a file in the workspace with more of them, or empty.
	File string
}

// waivers reads one waiver a line.
func (f *faults) waivers(text, file string, parse func(string) ([]verdict.Waiver, error)) Waivers {
	given, err := parse(text)
	if err != nil {
		f.add("waivers %s", err)
	}
	return Waivers{Given: given, File: file}
}
