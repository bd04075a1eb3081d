package inputs

import (
	"cmp"
	"strings"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/terraform"
	"hcp-packer-iteration/internal/verdict"
	"hcp-packer-iteration/internal/workspace"
)

// Verify is what a workflow asks of the action verify, valid as a whole but for what the files hold.
type Verify struct {
	Common

	// Sources are where to look for image ids.
	Sources workspace.Sources
	// Policy is what to refuse.
	Policy verdict.Policy
	// Waivers let images through that would fail.
	Waivers Waivers
	// SARIFFile is a path in the workspace to write the findings in files to, or empty.
	SARIFFile string
	// Fix is whether to write replacements into the files.
	Fix bool
}

// ReadVerify is [ReadResolve] for the action verify.
func ReadVerify(lookup func(string) (string, bool)) (Verify, error) {
	var given struct {
		ImageIDs    string `env:"IMAGE_IDS"`
		Plan        string `env:"PLAN"`
		State       string `env:"STATE"`
		Files       string `env:"FILES"`
		PlanScope   string `env:"PLAN_SCOPE,default=changed"`
		IfNoFiles   string `env:"IF_NO_FILES_FOUND,default=error"`
		Channel     string `env:"CHANNEL"`
		Untracked   string `env:"UNTRACKED,default=warn"`
		Unknown     string `env:"UNKNOWN,default=warn"`
		Outdated    string `env:"OUTDATED"`
		Waivers     string `env:"WAIVERS"`
		WaiversFile string `env:"WAIVERS_FILE"`
		SARIFFile   string `env:"SARIF_FILE"`
		Fix         string `env:"FIX,default=false"`
		Timeout     string `env:"TIMEOUT,default=2m"`
		Common      common
	}
	vars, err := read(lookup, &given)
	if err != nil {
		return Verify{}, err
	}
	var f faults
	if given.Outdated != "" && given.Channel == "" {
		f.addWhole("outdated needs channel")
	}
	if given.Fix == "true" && (given.Files == "" || given.Channel == "") {
		f.addWhole("fix needs files and channel")
	}
	in := Verify{
		Sources: workspace.Sources{
			IDs:       f.imageIDs(given.ImageIDs),
			Plans:     lines(given.Plan),
			States:    lines(given.State),
			Files:     lines(given.Files),
			Scope:     oneOf(&f, "plan-scope", given.PlanScope, terraform.Scopes()),
			IfNoFiles: oneOf(&f, "if-no-files-found", given.IfNoFiles, workspace.MissingValues()),
		},
		Policy: verdict.Policy{
			Gate:      f.policy(given.Common),
			Channels:  f.channels(given.Channel),
			Untracked: oneOf(&f, "untracked", given.Untracked, gate.Effects()),
			Unknown:   oneOf(&f, "unknown", given.Unknown, gate.Effects()),
			Outdated:  oneOf(&f, "outdated", cmp.Or(given.Outdated, "warn"), gate.Effects()),
		},
		Waivers:   f.waivers(given.Waivers, given.WaiversFile, verdict.ParseWaivers),
		SARIFFile: given.SARIFFile,
		Fix:       f.boolean("fix", given.Fix),
		Common:    f.common(given.Common, given.Timeout, vars),
	}
	return in, f.problem()
}

// imageIDs reads ids, one a line, with commas between, or as a JSON array.
func (f *faults) imageIDs(text string) []string {
	ids, err := imageids.ParseList(text)
	if err != nil {
		f.add("image-ids %s", err)
	}
	return ids
}

// channels reads one channel for all buckets, and lines bucket=channel.
func (f *faults) channels(text string) verdict.Channels {
	var channels verdict.Channels
	for _, line := range lines(text) {
		bucket, channel, ofBucket := strings.Cut(line, "=")
		switch {
		case ofBucket:
			bucket, channel = f.slug("channel", strings.TrimSpace(bucket), maxSlug), f.slug("channel", strings.TrimSpace(channel), maxSlug)
			if bucket == "" || channel == "" || channels.Of[bucket] != "" {
				f.add("channel %s is not of the form bucket=channel, or names a bucket twice", problem.Quote(line))
				continue
			}
			if channels.Of == nil {
				channels.Of = map[string]string{}
			}
			channels.Of[bucket] = channel
		case channels.Default != "":
			f.add("channel names two channels for all buckets, %s and %s", problem.Quote(channels.Default), problem.Quote(line))
		default:
			channels.Default = f.slug("channel", line, maxSlug)
		}
	}
	return channels
}
