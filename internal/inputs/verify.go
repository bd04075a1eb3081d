package inputs

import (
	"cmp"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/verdict"
)

// Verify is what a workflow asks of the action verify, valid as a whole but for what the files hold.
type Verify struct {
	Common

	// Sources are where to look for image ids.
	Sources imageids.Sources
	// Channel is the channel to compare with, or empty.
	Channel string
	// Policy is what to refuse.
	Policy verdict.Policy
}

// ReadVerify is [ReadResolve] for the action verify.
func ReadVerify(lookup func(string) (string, bool)) (Verify, error) {
	var given struct {
		ImageIDs  string `env:"IMAGE_IDS"`
		Plan      string `env:"PLAN"`
		Files     string `env:"FILES"`
		PlanScope string `env:"PLAN_SCOPE,default=changed"`
		Channel   string `env:"CHANNEL"`
		Untracked string `env:"UNTRACKED,default=warn"`
		Outdated  string `env:"OUTDATED"`
		Timeout   string `env:"TIMEOUT,default=2m"`
		Common    common
	}
	vars, err := read(lookup, &given)
	if err != nil {
		return Verify{}, err
	}
	var f faults
	if given.ImageIDs == "" && given.Plan == "" && given.Files == "" {
		f.add("one of image-ids, plan and files is required")
	}
	if given.Outdated != "" && given.Channel == "" {
		f.add("outdated needs channel")
	}
	in := Verify{
		Sources: imageids.Sources{
			IDs:   lines(given.ImageIDs),
			Plans: lines(given.Plan),
			Files: lines(given.Files),
			Scope: oneOf(&f, "plan-scope", given.PlanScope, imageids.Scopes()),
		},
		Channel: f.slug("channel", given.Channel, maxSlug),
		Policy: verdict.Policy{
			Gate:      f.policy(given.Common),
			Untracked: oneOf(&f, "untracked", given.Untracked, gate.Effects()),
			Outdated:  oneOf(&f, "outdated", cmp.Or(given.Outdated, "warn"), gate.Effects()),
		},
		Common: f.common(given.Common, given.Timeout, vars),
	}
	return in, f.problem()
}
