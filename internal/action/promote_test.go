package action_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/fakehcp"
)

// The project to promote in, and who may.
const fleetProject = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"

func contributor() map[string]string {
	return map[string]string{
		"client-id":       "fleet-contributor-id",
		"client-secret":   "fleet-contributor-secret-1d7ae5",
		"organization-id": "0a1b2c3d-0000-4000-8000-00000000000d",
		"project-id":      fleetProject,
	}
}

// promoting prepares a step of promote.
func (w *world) promoting(t *testing.T, inputs map[string]string) *step {
	t.Helper()
	all := contributor()
	maps.Copy(all, inputs)
	return w.step(t, all, "promote")
}

func (w *world) promote(t *testing.T, inputs map[string]string) result {
	t.Helper()
	s := w.promoting(t, inputs)
	return s.wait(t, s.cmd.Run())
}

// asked counts the requests of a route.
func (w *world) asked(routes ...fakehcp.Route) int {
	count := 0
	for _, request := range w.server.Requests() {
		if slices.Contains(routes, request.Route) {
			count++
		}
	}
	return count
}

// writes counts the requests that write.
func (w *world) writes() int { return w.asked(fakehcp.AssignRoute, fakehcp.CreateChannelRoute) }

// TestPromote runs every case of testdata/promote, each in a registry of its own. The golden file has, besides
// what the runner gets, how many writes were sent and what the channel points at.
func TestPromote(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/promote/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range paths {
		t.Run(caseName(path), func(t *testing.T) {
			t.Parallel()
			w, inputs := newWorld(t), readInputs(t, path)
			got := w.promote(t, inputs).String()
			got += "\n-- writes --\n"
			for _, request := range w.server.Requests() {
				if request.Method != "GET" && request.Route != fakehcp.TokenRoute {
					got += request.Method + " " + request.Path + " " + request.Body + "\n"
				}
			}
			got += "points at " + w.server.Channel(fleetProject, inputs["bucket"], inputs["channel"]) + "\n"
			compareGolden(t, strings.TrimSuffix(path, ".yaml")+".golden", got, true)
		})
	}
}
