// Command hcp-packer-iteration is the program in the actions' container. It resolves a channel of the
// HCP Packer registry to its iteration, refuses a revoked one, and sets the step's outputs. With the
// argument verify it gates the image ids that a change names, with audit the channels of the whole registry,
// and with promote it moves a channel to an iteration that passes the gate.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"hcp-packer-iteration/internal/action"
)

const (
	// gcPercent has garbage be collected from 16 MiB on, which is more than one channel or promotion takes:
	// these end before a collection would have paid.
	gcPercent = 400
	// memoryLimit is where the garbage collector begins to work harder. The largest iteration that is known
	// to work is reported within it, and eight of the largest answers come near it.
	memoryLimit = 256 << 20
)

func main() {
	log.SetOutput(io.Discard) // GODEBUG=http2debug=1 has Go itself write headers to it, with what they hold
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(memoryLimit)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	signal.Ignore(syscall.SIGPIPE) // where nobody reads the log, the outputs are written all the same
	a := action.Action{LookupEnv: os.LookupEnv, Stdout: os.Stdout, Now: time.Now}
	if !a.Main(ctx, os.Args[1:]) {
		stop()
		os.Exit(1)
	}
}
