package imageids

import (
	"context"
)

// stride is how many bytes are searched between two looks at the context.
const stride = 1 << 20

// Each calls use with every id in a text: its line, from 1, and from where to where it goes.
func Each(ctx context.Context, text []byte, use func(line, start, end int) error) error {
	line, look := 1, 0
	for i := 0; i < len(text); {
		if i >= look {
			if err := ctx.Err(); err != nil {
				return err
			}
			look = i + stride
		}
		length := 1
		switch text[i] {
		case '\n':
			line++
		case 'a', '/', 'h', 'p', 'g', 'r': // what the forms begin with
			if n := matchID(text, i); n > 0 {
				if err := use(line, i, i+n); err != nil {
					return err
				}
				length = n
			}
		}
		i += length
	}
	return nil
}
