package hcp

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"hcp-packer-iteration/internal/problem"
)

// CheckEnvironment looks at the variables by which Go's packages reach HCP, and which they leave out
// without a word where they make no sense of them: HTTPS_PROXY and HTTP_PROXY, also in lower case
// (golang.org/x/net/http/httpproxy), and SSL_CERT_FILE and SSL_CERT_DIR (crypto/x509). It returns a clause for each that
// is wrong, safe to show: of a proxy's URL, which may hold a password, nothing is repeated.
func CheckEnvironment(getenv func(name string) string) []string {
	var faults []string
	for _, names := range [][]string{{"HTTPS_PROXY", "https_proxy"}, {"HTTP_PROXY", "http_proxy"}} {
		// The first that is set counts.
		i := slices.IndexFunc(names, func(name string) bool { return getenv(name) != "" })
		if i >= 0 && !isProxyURL(getenv(names[i])) {
			faults = append(faults, names[i]+" is not the URL of a proxy, such as http://proxy.example.com:3128")
		}
	}
	if path := getenv("SSL_CERT_FILE"); path != "" {
		// Go reads it whole, without end where it has none.
		switch info, err := os.Stat(path); {
		case err != nil:
			faults = append(faults, "SSL_CERT_FILE is "+problem.Quote(path)+", a file that does not exist")
		case info.IsDir():
			faults = append(faults, "SSL_CERT_FILE is "+problem.Quote(path)+", which is a folder")
		case !info.Mode().IsRegular() && path != os.DevNull: // which is to trust nobody
			faults = append(faults, "SSL_CERT_FILE is "+problem.Quote(path)+", which is not a regular file")
		}
	}
	for _, path := range filepath.SplitList(getenv("SSL_CERT_DIR")) {
		switch info, err := os.Stat(path); {
		case path == "": // as behind a last colon
		case err != nil:
			faults = append(faults, "SSL_CERT_DIR names "+problem.Quote(path)+", a folder that does not exist")
		case !info.IsDir():
			faults = append(faults, "SSL_CERT_DIR names "+problem.Quote(path)+", which cannot be read as a folder")
		}
	}
	return faults
}

// isProxyURL is whether net/http could use the value: a URL, or a host with or without a port.
func isProxyURL(value string) bool {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) {
		return false
	}
	_, err = strconv.ParseUint(u.Port(), 10, 16)
	return err == nil || u.Port() == ""
}
