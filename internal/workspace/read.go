package workspace

import (
	"context"
	"io"

	"hcp-packer-iteration/internal/problem"
)

// maxText is the size in bytes of the largest file that is read whole.
const maxText = 1 << 20

// ReadText is what the file that an input names by its path holds, as UTF-8. An error is a problem to show.
func ReadText(ctx context.Context, workspace, input, path string) (text string, err error) {
	w, err := openWorkspace(workspace)
	if err != nil {
		return "", err
	}
	defer w.close()
	name, err := w.relative(input, path)
	if err != nil {
		return "", err
	}
	err = w.withFile(ctx, input, w.realName(name), func(f *file) error {
		in, err := f.text()
		if err != nil {
			return err
		}
		data, err := io.ReadAll(io.LimitReader(in, maxText+1))
		if len(data) > maxText {
			return problem.New(problem.InvalidInput, "The input %s: %s is over %d MiB. Name a smaller file.", input, problem.Quote(name), maxText>>20)
		}
		text = string(data)
		return err
	})
	return text, err
}
