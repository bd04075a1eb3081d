// Command look shows every job summary of the golden files as GitHub does, in a window of 1,000
// pixels: it takes a picture of each, and fails where a reader would have to scroll sideways. It runs
// in the checkout and needs Chromium.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

const (
	goldens = "internal/action/testdata"
	folder  = ".look"
	// refused is the summary that README.md shows.
	refused = goldens + "/verify/plan.golden"
)

func main() {
	readme := flag.String("readme", "", "write only the picture for README.md, to this file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := look(ctx, *readme); err != nil {
		fmt.Fprintln(os.Stderr, "look:", err)
		os.Exit(1)
	}
}

func look(ctx context.Context, readme string) error {
	b, err := newBrowser()
	if err != nil {
		return err
	}
	defer b.close()
	if readme != "" {
		return writeReadmePicture(ctx, b, readme)
	}
	return lookAtAll(ctx, b)
}

// lookAtAll takes the pictures even where a page is too wide, for that is when somebody wants to see
// them.
func lookAtAll(ctx context.Context, b *browser) error {
	summaries, err := readSummaries(goldens)
	if err != nil {
		return err
	}
	sizes, err := b.measure(ctx, summaries)
	if err != nil {
		return err
	}
	if err := writePictures(ctx, b, folder, summaries, sizes); err != nil {
		return err
	}
	fmt.Printf("%d summaries; their pictures are in %s\n", len(summaries), folder)
	return tooWide(summaries, sizes)
}

// tooWide is an error that tells everything that is wider than its room, or nil.
func tooWide(summaries []summary, sizes []size) error {
	var errs []error
	for i, s := range summaries {
		for _, o := range sizes[i].TooWide {
			errs = append(errs, fmt.Errorf("%s: %s", s.golden, o))
		}
	}
	return errors.Join(errs...)
}
