package problem_test

import (
	"testing"

	"hcp-packer-iteration/internal/problem"
)

func TestProblem_Error(t *testing.T) {
	t.Parallel()
	got := problem.New(problem.NotFound, "Bucket %s is not there.", problem.Quote("ubuntu")).Error()
	if want := `Not found: Bucket "ubuntu" is not there.`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
