package main

import (
	"net"
	"time"
)

// delayLine forwards TCP connections to a server on this machine as a link of this round-trip time would, and
// returns the address to connect to. It runs until the process ends.
//
// A new connection costs what it does over such a link: a round trip each for TCP, TLS 1.3 and the request.
// TCP's own handshake is over at once on loopback, where nobody can hold it back, so that the connection's
// first bytes wait for the round trip that it would have taken.
func delayLine(server string, roundTrip time.Duration) (address string, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			connected := time.Now().Add(roundTrip)
			far, err := net.Dial("tcp", server)
			if err != nil {
				_ = near.Close()
				continue
			}
			go forward(far, near, connected, roundTrip/2)
			go forward(near, far, connected, roundTrip/2)
		}
	}()
	return listener.Addr().String(), nil
}

// forward hands on what is read from one end to the other. Each chunk leaves when it was read, but not before
// the connection is there, and is on its way for the delay.
func forward(to, from net.Conn, connected time.Time, delay time.Duration) {
	type chunk struct {
		arrives time.Time
		data    []byte
	}
	onTheWay := make(chan chunk, 1024)
	go func() {
		defer to.Close()
		for c := range onTheWay {
			time.Sleep(time.Until(c.arrives))
			_, _ = to.Write(c.data) // an end that is gone reads nothing
		}
	}()
	defer close(onTheWay)
	for {
		data := make([]byte, 64<<10)
		n, err := from.Read(data)
		leaves := time.Now()
		if leaves.Before(connected) {
			leaves = connected
		}
		onTheWay <- chunk{leaves.Add(delay), data[:n]}
		if err != nil {
			return
		}
	}
}
