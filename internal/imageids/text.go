package imageids

import "iter"

// Around is how much of a text around an id decides whether it is one, in bytes.
const Around = 2 * longestID

// All are from where to where each id goes in a text, of those that begin at from or behind it.
func All(text []byte, from int) iter.Seq2[int, int] {
	return func(yield func(start, end int) bool) {
		done := from
		for i := from; i < len(text); {
			next := i + 1
			switch text[i] {
			case 'a', 'A', '/', 'h', 'H', 'p', 'g', 'r': // what the forms begin with
				if start, end := match(text, i); end > 0 && start >= done {
					if !yield(start, end) {
						return
					}
					next, done = end, end
				}
			}
			i = next
		}
	}
}
