package terraform

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
)

// Wrote is whether a text is a plan or a state, of which people keep copies under any name: as Terraform and OpenTofu
// print a plan, or in any JSON that they have for one. What precedes the JSON is passed over, as the wrapper's line.
func Wrote(ctx context.Context, in *bufio.Reader) (bool, error) {
	for {
		if head, _ := in.Peek(1); len(head) > 0 && head[0] == '{' {
			return isWritten(newDocument(ctx, in))
		}
		line, err := in.ReadSlice('\n') // or as much of it as there is room for
		switch {
		case bytes.Contains(line, []byte("will perform the following actions:")):
			return true, nil
		case errors.Is(err, io.EOF), ctx.Err() != nil:
			return false, ctx.Err()
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return false, err
		}
	}
}

// isWritten is whether JSON is a plan or a state, or begins as one: of show -json, as a state is stored, of HCP
// Terraform's API, or of plan -json.
func isWritten(d *document) (bool, error) {
	for d.PeekKind() == '{' {
		has := map[string]bool{
			"format_version": false, "resource_changes": false, "planned_values": false, "values": false, "prior_state": false,
			"terraform_version": false, "serial": false, "lineage": false,
			"plan_format_version": false, "state_format_version": false, "@level": false, "@message": false,
		}
		err := d.eachMember(func(name string) error {
			if _, counts := has[name]; counts {
				has[name] = true
			}
			return d.skip()
		})
		if has["format_version"] && (has["resource_changes"] || has["planned_values"] || has["values"] || has["prior_state"]) ||
			has["terraform_version"] && (has["serial"] || has["lineage"]) ||
			has["plan_format_version"] || has["state_format_version"] || has["@level"] && has["@message"] {
			return true, nil
		}
		if err != nil {
			break
		}
	}
	if errors.As(d.err, new(flaw)) {
		return false, nil
	}
	return false, d.err
}
