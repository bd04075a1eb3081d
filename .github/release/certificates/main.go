// Command certificates prints the CA certificates of the released image, as PEM. They are those that
// Mozilla trusts, from a module whose checksum is in go.sum: a machine's own would make the image
// depend on the machine.
package main

import (
	"encoding/pem"
	"log"
	"os"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

func main() {
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue // Mozilla trusts it only for what it signed up to a date, which PEM cannot say.
		}
		if err := pem.Encode(os.Stdout, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			log.Fatal(err)
		}
	}
}
