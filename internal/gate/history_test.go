package gate_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/registry"
)

// day is a day of the month in which the histories of the tests play; they are looked at on the 20th.
func day(n int) registry.Time { return registry.At(time.Date(2026, 9, n, 0, 0, 0, 0, time.UTC)) }

var twentieth = time.Date(2026, 9, 20, 0, 0, 0, 0, time.UTC)

// version is an iteration of a history from a word: "7" is v7, "7!" a revoked one, "7@19" one whose revocation is on the
// 19th, "7~" one without a status, "7~i" one that inherited a revocation, "x" and "x+3" versions without a number, of
// no date and of the 3rd. "-" is none.
func version(word string) *registry.Iteration {
	name := strings.TrimRight(word, "!~i")
	name, created, _ := strings.Cut(name, "+")
	name, revokeAt, _ := strings.Cut(name, "@")
	if name == "-" {
		return nil
	}
	it := &registry.Iteration{ID: "id-" + name, Name: name, Status: registry.Active}
	var n int64
	if _, err := fmt.Sscan(name, &n); err == nil {
		it.Name, it.Number = "v"+name, &n
	}
	var d int
	if _, err := fmt.Sscan(created, &d); err == nil {
		it.CreatedAt = day(d)
	}
	if _, err := fmt.Sscan(revokeAt, &d); err == nil {
		it.RevokeAt = day(d)
	}
	if strings.Contains(word, "~") {
		it.Status = registry.Unknown
	}
	if strings.HasSuffix(word, "i") {
		it.RevocationInheritedFrom = &registry.Ancestor{Bucket: "base"}
	}
	if strings.HasSuffix(word, "!") {
		it.Status = registry.Revoked
	}
	return it
}

// errRead ends a history where its words have "error".
var errRead = errors.New("it could not be read")

// history is one of these words, the newest first, and counts the rows that are read of it.
func history(words string, read *int) gate.History {
	return func(yield func(registry.Assignment, error) bool) {
		for i, word := range strings.Fields(words) {
			*read++
			if word == "error" {
				yield(registry.Assignment{}, errRead)
				return
			}
			if !yield(registry.Assignment{AssignedAt: day(19 - i), Iteration: version(word)}, nil) {
				return
			}
		}
	}
}

// told is what a look at a history came to: the iteration's word, "error", or nothing.
func told(it *registry.Iteration, err error) string {
	switch {
	case err != nil:
		return "error"
	case it == nil:
		return ""
	default:
		return strings.TrimPrefix(it.ID, "id-")
	}
}

func TestRolledBackFrom(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		present, rows string
		want          string // the id, empty where the channel counts as not rolled back
		read          int
	}{
		"only_the_present":        {"6", "6", "", 1},
		"promoted":                {"7", "7 6 5!", "", 2},
		"rolled_back":             {"6", "6 7! 6 5", "7", 3},
		"rolled_back_twice":       {"5", "5 6! 5 7! 5", "6", 3},
		"newest_is_not_the_last":  {"5", "5 6! 8! 7! 4", "8", 5},
		"own_row":                 {"5", "5 8! 8! 4", "8", 4},
		"assigned_twice":          {"6", "6 6 7! 5", "7", 4},
		"null_rows":               {"6", "- 6 - 7! - 5", "7", 6},
		"top_is_not_the_present":  {"6", "7! 6", "7", 2},
		"newer_but_fine":          {"6", "6 7 8!", "", 2},
		"revoked_but_older":       {"6", "6 5! 4", "", 2},
		"older_ends_it":           {"6", "6 5! 7!", "", 2},
		"moved_back_by_hand":      {"6", "6 7 6", "", 2},
		"revoked_by_time":         {"6", "6 7@19 5", "7", 3},
		"to_be_revoked":           {"6", "6 7@21 5", "", 2},
		"no_status":               {"6", "6 7~ 5", "", 2},
		"no_status_but_inherited": {"6", "6 7~i 5", "7", 3},
		"inherited_but_active":    {"6", "6 7i 5", "", 2},
		"emptied":                 {"-", "- 7! 6", "7", 3},
		"emptied_without_a_row":   {"-", "7! 6", "7", 2},
		"emptied_by_hand":         {"-", "- 7 6!", "", 2},
		"without_numbers_newer":   {"a+3", "a+3 b+4! c", "b", 3},
		"without_numbers_older":   {"a+3", "a+3 b+2! c", "", 2},
		"without_number_and_date": {"6+3", "6+3 b! 5", "b", 3},
		"without_present_number":  {"a+3", "a+3 7+4! 5", "7", 3},
		"in_doubt_the_last":       {"5", "5 7! b! c! 4", "7", 5},
		"an_error":                {"6", "6 7! error", "error", 3},
		"an_error_behind":         {"6", "6 7! 5 error", "7", 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read := 0
			row, err := gate.RolledBackFrom(history(tc.rows, &read), version(tc.present), twentieth)
			if row == nil {
				row = &registry.Assignment{}
			}
			if got := told(row.Iteration, err); got != tc.want || read != tc.read {
				t.Errorf("got %q, %v of %d rows, want %q of %d", got, err, read, tc.want, tc.read)
			}
			if name == "own_row" && row.AssignedAt != day(18) {
				t.Errorf("got the row of %s", row.AssignedAt)
			}
		})
	}
}

func TestNewestUsable(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rows   string
		policy gate.Policy
		want   string
	}{
		"none":            {"", gate.Policy{}, ""},
		"only_revoked":    {"7! - 6@19", gate.Policy{}, ""},
		"the_highest":     {"7! 4 6 5 6", gate.Policy{}, "6"},
		"no_number":       {"7! a b 3", gate.Policy{}, "3"},
		"no_status":       {"7! 6~ 5", gate.Policy{}, "5"},
		"scheduled":       {"7! 6@21 5", gate.Policy{}, "6"},
		"fails_scheduled": {"7! 6@21 5", gate.Policy{FailOn: gate.FailOnScheduled}, "5"},
		"refused":         {"9 6 5", gate.Policy{}, "6"},
		"too_old":         {"7! 6+1 5+19", gate.Policy{MaxAge: 48 * time.Hour}, "5"},
		"an_error":        {"7! 6 error", gate.Policy{}, "error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read := 0
			it, err := gate.NewestUsable(history(tc.rows, &read), version("9"), tc.policy, twentieth)
			if got := told(it, err); got != tc.want {
				t.Errorf("got %q, %v, want %q", got, err, tc.want)
			}
		})
	}
}

func TestPrevious(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		present, rows string
		want, passed  string
		read          int
	}{
		"none":           {"7", "7", "", "", 1},
		"one_before":     {"7", "7 6 5", "6", "", 2},
		"above":          {"7", "8 7 6", "8", "", 1},
		"newer":          {"6", "6 7 5", "7", "", 2},
		"revoked":        {"8", "8 - 7! 6@19 7! 5 4", "5", "7 6", 6},
		"all_revoked":    {"8", "8 7! 8 6~i", "", "7 6", 4},
		"emptied":        {"-", "- 7! 6", "6", "7", 3},
		"without_status": {"8", "8 7~ 6", "7", "", 2},
		"an_error":       {"8", "8 7! error", "error", "", 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read := 0
			it, passed, err := gate.Previous(history(tc.rows, &read), version(tc.present), twentieth)
			var names []string
			for _, p := range passed {
				names = append(names, told(p, nil))
			}
			if got := told(it, err); got != tc.want || strings.Join(names, " ") != tc.passed || read != tc.read {
				t.Errorf("got %q, passed %q, %v of %d rows, want %q, %q of %d", got, names, err, read, tc.want, tc.passed, tc.read)
			}
		})
	}
}

func TestOverwritten(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		present, seen, rows string
		want                string
		read                int
	}{
		"none":                  {"7", "6", "7 6", "", 2},
		"newer":                 {"7", "6", "7 8 6", "8", 2},
		"newer_and_revoked":     {"7", "6", "7 8! 6", "8", 2},
		"older":                 {"7", "6", "7 5 8", "", 2},
		"the_same_by_another":   {"7", "6", "7 7 8", "8", 3},
		"null_row":              {"7", "6", "7 - 8", "8", 3},
		"moved_since":           {"7", "6", "9 7 8 6", "8", 3},
		"not_there_yet":         {"7", "6", "6 7 8", "", 1},
		"by_creation":           {"a+3", "6", "a+3 b+4 6", "b", 2},
		"in_doubt_not":          {"a+3", "6", "a+3 b 6", "", 2},
		"had_nothing":           {"7", "-", "7 - 8!", "", 2},
		"had_nothing_then_8":    {"7", "-", "7 8 -", "8", 2},
		"emptied_without_a_row": {"7", "-", "7 8! 6", "", 2},
		"made":                  {"7", "-", "7", "", 1},
		"an_error":              {"7", "6", "7 error", "error", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read := 0
			it, err := gate.Overwritten(history(tc.rows, &read), version(tc.present), version(tc.seen), twentieth)
			if got := told(it, err); got != tc.want || read != tc.read {
				t.Errorf("got %q, %v of %d rows, want %q of %d", got, err, read, tc.want, tc.read)
			}
		})
	}
}
