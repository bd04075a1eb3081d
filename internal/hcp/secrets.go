package hcp

import (
	"slices"
	"strings"

	"hcp-packer-iteration/internal/problem"
)

// secret has a value masked. The runner masks its derived forms, such as base64, by itself.
func (l *login) secret(value string) {
	if value == "" {
		return
	}
	l.Mask(value)
	if len(value) >= problem.ShortestSecret && !slices.Contains(l.secrets, value) {
		l.secrets = append(l.secrets, value)
	}
}

// redact takes the secrets out of a text that is to be shown, before anything of it is cut.
func (l *login) redact(text string) string {
	for _, secret := range l.secrets {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return text
}
