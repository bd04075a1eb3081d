package imageids

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"hcp-packer-iteration/internal/problem"
)

// ParseList reads a list of ids: one a line or with commas between, blank lines skipped, or a JSON
// array of strings. An id with blanks, quotes or brackets in it can be given in the array only. The
// error is a clause to put behind the list's name, and is safe to show.
func ParseList(text string) ([]string, error) {
	if text = strings.TrimSpace(text); strings.HasPrefix(text, "[") {
		return parseArray(text)
	}
	var ids []string
	for _, id := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ',' }) {
		if id = strings.TrimSpace(id); id == "" {
			continue
		}
		if strings.ContainsFunc(id, isNoIDCharacter) {
			return nil, fmt.Errorf("has %s, which is not an image id: give one a line or with commas between, or a JSON array of strings", problem.Quote(id))
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// isNoIDCharacter is whether a character makes one id of a list look like something else: several
// ids, a value in quotes, an array, an id with a comment.
func isNoIDCharacter(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("\"'`[]{}<>#", r)
}

func parseArray(text string) ([]string, error) {
	var values []any
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		return nil, errors.New("begins with a bracket and is no JSON array of strings")
	}
	ids := make([]string, 0, len(values))
	for i, value := range values {
		id, _ := value.(string)
		if id = strings.TrimSpace(id); id == "" {
			return nil, fmt.Errorf("is a JSON array whose element %d is no string that holds an image id", i+1)
		}
		ids = append(ids, id)
	}
	return ids, nil
}
