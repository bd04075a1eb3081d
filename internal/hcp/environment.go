package hcp

import (
	"errors"
	"io"
	"io/fs"
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
		if wrong := checkFile(path); wrong != "" {
			faults = append(faults, "SSL_CERT_FILE is "+problem.Quote(path)+", "+wrong)
		}
	}
	if list := getenv("SSL_CERT_DIR"); list != "" {
		for _, path := range filepath.SplitList(list) {
			if wrong := checkFolder(path); wrong != "" {
				faults = append(faults, "SSL_CERT_DIR names "+problem.Quote(path)+", "+wrong)
			}
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

// maxCertificates is how many bytes of certificates a file may have. Mozilla's authorities have 200 KiB.
const maxCertificates = 16 << 20

// checkFile tells what is wrong with a file of certificates, if anything is: Go reads it whole, without end where it
// has none.
func checkFile(path string) string {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "a file that does not exist"
	case err != nil:
		return "which cannot be read"
	case info.IsDir():
		return "which is a folder"
	case !info.Mode().IsRegular() && path != os.DevNull: // which is to trust nobody
		return "which is not a regular file"
	}
	switch _, err := readBounded(path, maxCertificates); {
	case errors.Is(err, errTooLarge):
		return "which is larger than 16 MiB"
	case err != nil:
		return "which cannot be read"
	}
	return ""
}

// checkFolder tells what is wrong with a folder of certificates, of which Go reads every file.
func checkFolder(path string) string {
	entries, err := os.ReadDir(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "a folder that does not exist"
	case err != nil:
		return "which cannot be read as a folder"
	}
	for _, entry := range entries {
		file := filepath.Join(path, entry.Name())
		if info, err := os.Stat(file); err != nil || info.IsDir() {
			continue // Go passes over them as well
		}
		if wrong := checkFile(file); wrong != "" {
			return "in which is " + problem.Quote(entry.Name()) + ", " + wrong
		}
	}
	return ""
}

var errTooLarge = errors.New("too large")

// readBounded reads a file of at most so many bytes. What its size says is not to be trusted: /proc has files of
// size 0 that hold something.
func readBounded(path string, most int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(text)) > most {
		err = errTooLarge
	}
	return text, err
}
