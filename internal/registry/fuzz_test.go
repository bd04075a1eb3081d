package registry_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
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
	session := fuzzSession(f, api.Listener.Addr().String())
	f.Fuzz(func(t *testing.T, answer []byte) {
		body.Store(&answer)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		it, err := registry.Find(ctx, session, registry.Query{APIVersion: version, Bucket: "ubuntu", Channel: "production"})
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

// fuzzSession is a session whose API is at another address than its token endpoint.
func fuzzSession(f *testing.F, api string) *hcp.Session {
	f.Helper()
	reg, err := fakehcp.Load("../../testdata/registry.yaml")
	if err != nil {
		f.Fatal(err)
	}
	server, err := fakehcp.Start(reg)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(f.Context(), time.Minute)
	defer cancel()
	session, err := hcp.Login(ctx, hcp.Config{
		Credentials:    hcp.Credentials{ClientID: "project-viewer-id", ClientSecret: "project-viewer-secret-55c0fe"},
		OrganizationID: "0a1b2c3d-0000-4000-8000-00000000000a",
		ProjectID:      "11111111-1111-4111-8111-111111111111",
		Geography:      "us",
		Endpoints:      hcp.Endpoints{APIAddress: api, APITLS: "disabled", AuthURL: "https://" + server.Addr(), AuthTLS: "insecure"},
		Timeout:        time.Minute,
	}, hcp.Job{Mask: func(string) {}, Log: func(string) {}})
	if err != nil {
		f.Fatal(err)
	}
	return session
}
