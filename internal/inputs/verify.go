package inputs

import (
	"strings"
)

// Verify is what a workflow asks of the second action, valid as a whole but for what the files hold.
type Verify struct {
	Common

	// ImageIDs are ids to check.
	ImageIDs []string
	// Plans and Files are paths or globs of Terraform plans in JSON, and of text files that name ids.
	Plans, Files []string
	// PlanScope is changed or all.
	PlanScope string
	// Channel is the channel to compare with, or empty.
	Channel string
	// Untracked and Outdated are what such an image is worth: fail, warn or ignore.
	Untracked, Outdated string
}

// ReadVerify is [Read] for the second action.
func ReadVerify(lookup func(string) (string, bool)) (*Verify, error) {
	var given rawVerify
	var vars variables
	if err := process(lookup, &given, &vars); err != nil {
		return &Verify{}, err
	}
	var f faults
	if given.ImageIDs == "" && given.Plan == "" && given.Files == "" {
		f.add("one of image-ids, plan and files is required")
	}
	if given.Outdated != "" && given.Channel == "" {
		f.add("outdated needs channel")
	}
	in := &Verify{
		ImageIDs:  lines(given.ImageIDs),
		Plans:     lines(given.Plan),
		Files:     lines(given.Files),
		PlanScope: f.oneOf("plan-scope", given.PlanScope, "changed", "all"),
		Channel:   f.slug("channel", given.Channel, maxSlug),
		Untracked: f.worth("untracked", given.Untracked),
		Outdated:  f.worth("outdated", given.Outdated),
		Common:    f.common(given.Common, given.Timeout, vars),
	}
	return in, f.problem()
}

// rawVerify holds the second action's inputs as text.
type rawVerify struct {
	ImageIDs  string `env:"IMAGE_IDS"`
	Plan      string `env:"PLAN"`
	Files     string `env:"FILES"`
	PlanScope string `env:"PLAN_SCOPE,default=changed"`
	Channel   string `env:"CHANNEL"`
	Untracked string `env:"UNTRACKED"`
	Outdated  string `env:"OUTDATED"`
	Timeout   string `env:"TIMEOUT,default=2m"`
	Common    rawCommon
}

// worth is what an image of the kind is worth to the step.
func (f *faults) worth(name, value string) string {
	if value == "" {
		return "warn"
	}
	return f.oneOf(name, value, "fail", "warn", "ignore")
}

// lines are the lines that hold anything, trimmed.
func lines(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}
