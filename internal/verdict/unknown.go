package verdict

import (
	"fmt"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
)

// Unknown are the places of a plan whose image is known only after apply.
type Unknown struct {
	Places []imageids.Place
	Effect gate.Effect
}

// Problem counts and names the places. It is nil where there are none.
func (u Unknown) Problem() *problem.Problem {
	if len(u.Places) == 0 {
		return nil
	}
	subject, it := "The image of 1 place in the plan is", "it was"
	if n := len(u.Places); n > 1 {
		subject, it = fmt.Sprintf("The images of %d places in the plan are", n), "they were"
	}
	return problem.New(problem.ImagesUnknown, "%s known only after apply, so %s not checked: %s. Apply what determines them first; the input unknown says how to treat them.",
		subject, it, problem.ListOf(u.Places, func(p imageids.Place) string { return problem.Quote(PlaceText(p)) }))
}

// PlaceText is file:line, or the address of a resource.
func PlaceText(p imageids.Place) string {
	switch {
	case p.Address != "":
		return p.Address
	case p.Line > 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	default:
		return p.File
	}
}
