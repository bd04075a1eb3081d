package inputs

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/verdict"
	"hcp-packer-iteration/internal/workspace"
)

// Verify is what a workflow asks of the action verify, valid as a whole but for what the files hold.
type Verify struct {
	// Sources are where to look for image ids.
	Sources workspace.Sources
	// Policy is what to refuse.
	Policy verdict.Policy
	// Waivers let images through that would fail.
	Waivers Waivers
	// SARIFFile is a path in the workspace to write the findings in files to, or empty.
	SARIFFile string `env:"SARIF_FILE"`
	// Fix is whether to write replacements into the files.
	Fix bool `env:"FIX,default=false"`

	Common
}

// ReadVerify is [ReadResolve] for the action verify.
func ReadVerify(lookup func(string) (string, bool)) (Verify, error) {
	var in Verify
	f := read(lookup, &in.Common, 2*time.Minute, rules{
		"IMAGE_IDS": into(&in.Sources.IDs, imageids.ParseList),
		channelKey:  into(&in.Policy.Channels, parseChannels),
		"WAIVERS":   into(&in.Waivers.Given, ParseWaivers),
	}, &in)
	if in.Policy.Outdated != "" && in.Policy.Channels == nil {
		f.add("outdated needs channel")
	}
	in.Policy.Outdated = cmp.Or(in.Policy.Outdated, gate.Warn)
	if in.Fix && (in.Sources.Files == nil || in.Policy.Channels == nil) {
		f.add("fix needs files and channel")
	}
	f.checkPolicy(in.Policy.Gate)
	return in, f.problem()
}

func parseChannels(text string) (verdict.Channels, error) {
	channels := verdict.Channels{}
	var faults []string
	check := func(name string) {
		if _, fault := isName(maxSlug)(name); fault != "" {
			faults = append(faults, fault)
		}
	}
	for _, line := range lines(text) {
		bucket, channel, ofBucket := strings.Cut(line, "=")
		bucket, channel = strings.TrimSpace(bucket), strings.TrimSpace(channel)
		switch {
		case ofBucket && (bucket == "" || channel == "" || channels[bucket] != ""):
			faults = append(faults, problem.Quote(line)+" is not of the form bucket=channel, or names a bucket twice")
		case ofBucket:
			check(bucket)
			check(channel)
			channels[bucket] = channel
		case channels[""] != "":
			faults = append(faults, fmt.Sprintf("names two channels for all buckets, %s and %s", problem.Quote(channels[""]), problem.Quote(line)))
		default:
			check(line)
			channels[""] = line
		}
	}
	if len(faults) > 0 {
		return channels, errors.New(strings.Join(faults, "; channel ")) // each of them behind the input's name
	}
	return channels, nil
}
