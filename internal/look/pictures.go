package main

import (
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"
)

const (
	// maxPicture cuts a long summary; who wants to see the rest of its rows opens it in GitHub.
	maxPicture = 4000
	// maxSheet is less than the 16,384 pixels at which Chromium cuts a screenshot.
	maxSheet = 16000
)

// picture is one to take: of a summary, with its folds closed or open.
type picture struct {
	path   string
	html   string
	height int
}

// writePictures writes a picture of each summary into a folder, and a second one of those that have
// folds. What was there before goes.
func writePictures(ctx context.Context, b *browser, dir string, summaries []summary, sizes []size) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	var pictures []picture
	for i, s := range summaries {
		pictures = append(pictures, picturesOf(dir, s, sizes[i])...)
	}
	for _, sheet := range sheets(pictures) {
		if err := writeSheet(ctx, b, sheet); err != nil {
			return err
		}
	}
	return nil
}

func picturesOf(dir string, s summary, size size) []picture {
	name := strings.TrimSuffix(strings.TrimPrefix(s.golden, goldens), ".golden")
	path := filepath.Join(dir, name)
	pictures := []picture{{path + ".png", s.html, min(size.Folded, maxPicture)}}
	if open := strings.ReplaceAll(s.html, "<details>", "<details open>"); open != s.html {
		pictures = append(pictures, picture{path + "-open.png", open, min(size.Unfolded, maxPicture)})
	}
	return pictures
}

// sheets groups pictures into pages that are taken at once, as each start of the browser takes seconds.
func sheets(pictures []picture) [][]picture {
	var list [][]picture
	height := maxSheet
	for _, p := range pictures {
		if height+p.height > maxSheet {
			list, height = append(list, nil), 0
		}
		list[len(list)-1] = append(list[len(list)-1], p)
		height += p.height
	}
	return list
}

// writeSheet takes several pictures, one below the other, and cuts them apart.
func writeSheet(ctx context.Context, b *browser, pictures []picture) error {
	img, err := shootSheet(ctx, b, pictures)
	if err != nil {
		return err
	}
	top := 0
	for _, p := range pictures {
		if err := writePNG(p.path, crop(img, image.Rect(0, top, width, top+p.height))); err != nil {
			return err
		}
		top += p.height
	}
	return nil
}

func shootSheet(ctx context.Context, b *browser, pictures []picture) (image.Image, error) {
	var body strings.Builder
	height := 0
	for _, p := range pictures {
		fmt.Fprintf(&body, "<div class=frame style=height:%dpx>%s</div>\n", p.height, article(p.html))
		height += p.height
	}
	return b.shoot(ctx, body.String(), height)
}

// writeReadmePicture writes the picture of the refused pull request, without its margins.
func writeReadmePicture(ctx context.Context, b *browser, path string) error {
	s, err := readSummary(refused)
	if err != nil {
		return err
	}
	sizes, err := b.measure(ctx, []summary{s})
	if err != nil {
		return err
	}
	img, err := shootSheet(ctx, b, []picture{{path, s.html, sizes[0].Folded}})
	if err != nil {
		return err
	}
	return writePNG(path, crop(img, content(img).Inset(-readmeMargin).Intersect(img.Bounds())))
}

// readmeMargin is what stays white around the content, in pixels.
const readmeMargin = 12

// content is the part of a picture that is not of the colour of its corner.
func content(img image.Image) image.Rectangle {
	bounds := img.Bounds()
	background := img.At(bounds.Min.X, bounds.Min.Y)
	var found image.Rectangle
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			if img.At(x, y) != background {
				found = found.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return found
}

// crop copies a part of a picture.
func crop(img image.Image, part image.Rectangle) image.Image {
	cropped := image.NewRGBA(image.Rectangle{Max: part.Size()})
	draw.Draw(cropped, cropped.Bounds(), img, part.Min, draw.Src)
	return cropped
}

func writePNG(path string, img image.Image) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return png.Encode(file, img)
}
