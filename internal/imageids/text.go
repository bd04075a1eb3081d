package imageids

import (
	"context"
)

// stride is how many bytes are searched between two looks at the context.
const stride = 1 << 20

// Each calls use with every id in a text: its line, from 1, and from where to where it goes.
func Each(ctx context.Context, text []byte, use func(line, start, end int) error) error {
	line, look, done := 1, 0, 0
	for i := 0; i < len(text); {
		if i >= look {
			if err := ctx.Err(); err != nil {
				return err
			}
			look = i + stride
		}
		next := i + 1
		switch text[i] {
		case '\n':
			line++
		case 'a', 'A', '/', 'h', 'H', 'p', 'g', 'r': // what the forms begin with
			if start, end := match(text, i); end > 0 && start >= done {
				if err := use(line, start, end); err != nil {
					return err
				}
				next, done = end, end
			}
		}
		i = next
	}
	return nil
}
