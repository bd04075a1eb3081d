package hcp

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
)

// TestEchoes has the registry put a secret into its words: none of it is shown, also where the message
// is cut within it.
func TestEchoes(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{clientSecret, accessToken} {
		for _, before := range []int{0, 280} {
			t.Run(fmt.Sprintf("%s/%d", secret[:3], before), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c := newCloud(t)
					message := strings.Repeat("x", before) + secret
					c.fail(channelRoute, answer(503, `{"message": "`+message+`"}`), answer(403, `{"code": 7, "message": "`+message+`"}`))
					text := c.text(c.getChannel(t.Context(), secretConfig()))
					if strings.Count(text, "***") != 2 {
						t.Errorf("nothing was taken out of %s", text)
					}
					for i := range len(secret) - 8 {
						if part := secret[i : i+8]; strings.Contains(text, part) {
							t.Fatalf("%q of the secret is in %s", part, text)
						}
					}
				})
			})
		}
	}
}

// TestAnswersAreNotRewritten has a channel named like a secret: what HCP answers is judged as it is.
func TestAnswersAreNotRewritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		cfg := secretConfig()
		cfg.Credentials.ClientSecret = "production"
		c.answers[channelRoute] = `{"channel": {"name": "production"}}`
		s, err := c.logIn(t, cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := channelName(t.Context(), s); err != nil || got != "production" {
			t.Errorf("got %q and the error %v", got, err)
		}
	})
}
