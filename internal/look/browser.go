package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

var (
	//go:embed style.css
	style string
	//go:embed measure.js
	measureScript string
)

func findChromium() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium here; install Debian's packages chromium, fonts-liberation and fonts-noto-color-emoji")
}

// size is what a summary takes up, in pixels: its height with every <details> as it is, and what is too wide
// with all of them open.
type size struct {
	Height  int
	TooWide []overflow
}

// overflow is an element that is wider than its room. Widest is the text in it that takes up the most.
type overflow struct {
	Element     string
	Width, Room int
	Widest      string
}

// measure measures all summaries in one start of the browser.
func measure(ctx context.Context, summaries []summary, width int) ([]size, error) {
	var body strings.Builder
	for _, s := range summaries {
		body.WriteString(article(s.html, width))
	}
	dom, err := openPage(ctx, page(body.String()+`<script nonce="look">`+measureScript+"</script>", false), "--dump-dom")
	if err != nil {
		return nil, err
	}
	_, rest, _ := strings.Cut(string(dom), `<body class="">`)
	result, _, _ := strings.Cut(rest, "</body>")
	var sizes []size
	if err := json.Unmarshal([]byte(html.UnescapeString(result)), &sizes); err != nil {
		return nil, fmt.Errorf("chromium did not measure the pages: %w", err)
	}
	if len(sizes) != len(summaries) {
		return nil, fmt.Errorf("chromium measured %d of %d pages", len(sizes), len(summaries))
	}
	return sizes, nil
}

// shoot takes a picture of a page, with two pixels for one.
func shoot(ctx context.Context, page string, height int, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	window := fmt.Sprintf("--window-size=%d,%d", pictureWidth, height)
	_, err = openPage(ctx, page, "--screenshot="+path, window, "--force-device-scale-factor=2")
	return err
}

func article(html string, width int) string {
	return fmt.Sprintf("<article style=width:%dpx>%s</article>\n", width, html)
}

// openPage lets a Chromium without a window load a page and do with it what the options say, and returns what
// it prints. Its profile is its own, so that one that somebody has open does not matter. Nothing bounds the
// time, as a machine can be busy.
func openPage(ctx context.Context, page string, options ...string) ([]byte, error) {
	chromium, err := findChromium()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "hcp-packer-iteration-look")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "page.html")
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		return nil, err
	}
	args := append([]string{
		"--headless",
		"--no-sandbox", // it cannot have one as root in a container, and the page is our own
		"--disable-gpu",
		"--disable-dev-shm-usage", // /dev/shm is small in a container
		"--no-first-run",
		"--hide-scrollbars",
		"--user-data-dir=" + filepath.Join(dir, "profile"),
	}, options...)
	cmd := exec.CommandContext(ctx, chromium, append(args, "file://"+path)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", chromium, err, stderr.Bytes())
	}
	return out, nil
}

// page is a whole HTML page, in which no script but ours runs and which loads nothing.
func page(body string, dark bool) string {
	class := map[bool]string{true: "dark"}[dark]
	return `<!doctype html>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-look'">
<style>` + style + "</style>\n<body class=" + strconv.Quote(class) + ">" + body
}
