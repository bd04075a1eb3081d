// Command look shows every job summary of the golden files as GitHub does, in a page for any browser, and
// fails where a reader would have to scroll sideways. It runs in the checkout and needs Chromium.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

const (
	goldens = "internal/action/testdata"
	golden  = goldens + "/verify/picture.golden" // of the picture
	folder  = ".look"
)

// How wide GitHub shows a job summary, a comment on a pull request, and a picture in a README, in pixels.
const (
	summaryWidth = 1000
	commentWidth = 800
	pictureWidth = 920
)

func main() {
	picture := flag.String("picture", "", "write only a picture to this PNG file, and one in dark colours beside it, with -dark in its name")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := look(ctx, *picture); err != nil {
		fmt.Fprintln(os.Stderr, "look:", err)
		os.Exit(1)
	}
}

func look(ctx context.Context, picture string) error {
	if picture != "" {
		return writePictures(ctx, picture)
	}
	summaries, err := readSummaries(goldens)
	if err != nil {
		return err
	}
	sizes, err := measure(ctx, summaries, summaryWidth)
	if err != nil {
		return err
	}
	fmt.Printf("%d summaries; they are in %s/summaries.html, and as comments in %s/comments.html\n", len(summaries), folder, folder)
	return errors.Join(
		writePage("summaries.html", summaries, summaryWidth),
		writePage("comments.html", summaries, commentWidth),
		tooWide(summaries, sizes),
	)
}

// writePage writes a page of all summaries, each below the name of its golden file.
func writePage(name string, summaries []summary, width int) error {
	var body strings.Builder
	for _, s := range summaries {
		fmt.Fprintf(&body, "<p>%s</p>\n%s", s.golden, article(s.html, width))
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, name), []byte(page(body.String(), false)), 0o644)
}

// tooWide is an error that tells everything that is wider than its room, or nil.
func tooWide(summaries []summary, sizes []size) error {
	var errs []error
	for i, s := range summaries {
		for _, o := range sizes[i].TooWide {
			errs = append(errs, fmt.Errorf("%s: <%s> is %d pixels wide and has %d; the widest in it is %.100q",
				s.golden, o.Element, o.Width, o.Room, o.Widest))
		}
	}
	return errors.Join(errs...)
}

// writePictures writes the picture, in light and in dark colours.
func writePictures(ctx context.Context, path string) error {
	s, err := readSummary(golden)
	if err != nil {
		return err
	}
	s.html = `<section><header>verify summary</header>` + s.html + `</section>` // as on a run's page
	sizes, err := measure(ctx, []summary{s}, pictureWidth)
	if err != nil {
		return err
	}
	body, dark := article(s.html, pictureWidth), strings.TrimSuffix(path, ".png")+"-dark.png"
	return errors.Join(
		shoot(ctx, page(body, false), sizes[0].Height, path),
		shoot(ctx, page(body, true), sizes[0].Height, dark),
	)
}
