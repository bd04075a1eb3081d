package registry_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/selection"
)

// The corpora in testdata/fuzz are answers of internal/fakehcp, and what fuzzing found worth keeping.

func FuzzChannel2023(f *testing.F) { fuzzChannel(f, registry.API2023) }

func FuzzChannel2021(f *testing.F) { fuzzChannel(f, registry.API2021) }

// fuzzChannel has a registry answer with any body at all: Find returns an iteration that the rest of
// the flow can work with, or a problem to show.
func fuzzChannel(f *testing.F, version registry.APIVersion) {
	var body atomic.Pointer[[]byte]
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(*body.Load())
	}))
	f.Cleanup(api.Close)
	_, _, session := connect(f, api.Listener.Addr().String())
	f.Fuzz(func(t *testing.T, answer []byte) {
		body.Store(&answer)
		it, err := registry.Find(t.Context(), session, registry.Query{APIVersion: version, Bucket: "ubuntu", Channel: "production"})
		if err != nil {
			checkShowable(t, err)
			return
		}
		if it.ID == "" {
			t.Error("the iteration has no id")
		}
		decision := gate.Decide(it, gate.Policy{FailOn: gate.FailOnRevoked}, time.Now())
		if usable := decision.Status == registry.Active || decision.Status == registry.RevocationScheduled; usable != (decision.Refusal() == nil) {
			t.Errorf("status %s, refusal %v", decision.Status, decision.Refusal())
		}
		if _, err := selection.Select(it.Builds, selection.Selectors{}); err != nil {
			checkShowable(t, err)
		}
	})
}

func checkShowable(t *testing.T, err error) {
	t.Helper()
	var p *problem.Problem
	if !errors.As(err, &p) || strings.ContainsAny(p.Message, "\r\n") || strings.Contains(p.Message, "##[") {
		t.Errorf("got %v, want a problem on one line", err)
	}
}
