package main

import (
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// A round trip of 50 ms: 50 for the handshake, and 25 on the way.
func TestForward(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		near, client := net.Pipe()
		server, far := net.Pipe()
		start := time.Now()
		go forward(far, near, start.Add(50*time.Millisecond), 25*time.Millisecond)
		for _, tc := range []struct{ sent, want time.Duration }{{0, 75 * time.Millisecond}, {100 * time.Millisecond, 125 * time.Millisecond}} {
			time.Sleep(tc.sent - time.Since(start))
			if _, err := client.Write([]byte("chunk")); err != nil {
				t.Fatal(err)
			}
			if _, err := server.Read(make([]byte, 5)); err != nil {
				t.Fatal(err)
			}
			if got := time.Since(start); got != tc.want {
				t.Errorf("sent after %s, arrived after %s, want %s", tc.sent, got, tc.want)
			}
		}
		client.Close()
		if rest, err := io.ReadAll(server); err != nil || len(rest) > 0 {
			t.Errorf("after the end: got %q, %v", rest, err)
		}
	})
}
