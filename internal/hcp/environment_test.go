package hcp

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckEnvironment(t *testing.T) {
	t.Parallel()
	file := writeFile(t, "ca.pem", "")
	const proxy = "is not the URL of a proxy"
	for name, tc := range map[string]struct {
		env  map[string]string
		says []string
	}{
		"nothing":          {},
		"proxy":            {map[string]string{"HTTPS_PROXY": "http://proxy.example.com:3128", "NO_PROXY": "a,,b"}, nil},
		"socks":            {map[string]string{"https_proxy": "socks5://proxy.example.com:1080", "HTTP_PROXY": "socks5h://proxy"}, nil},
		"host_and_port":    {map[string]string{"HTTPS_PROXY": "proxy.example.com:3128"}, nil},
		"address_and_port": {map[string]string{"HTTPS_PROXY": "[::1]:3128"}, nil},
		"blank_host":       {map[string]string{"HTTPS_PROXY": "http://pro xy:3128"}, []string{"HTTPS_PROXY " + proxy}},
		"odd_port":         {map[string]string{"HTTPS_PROXY": "http://proxy:port"}, []string{"HTTPS_PROXY " + proxy}},
		"port_too_high":    {map[string]string{"HTTPS_PROXY": "http://proxy:65536"}, []string{"HTTPS_PROXY " + proxy}},
		"odd_scheme":       {map[string]string{"https_proxy": "ftp://proxy:3128"}, []string{"https_proxy " + proxy}},
		"odd_password":     {map[string]string{"HTTPS_PROXY": "user:s3cr3t%@proxy:3128"}, []string{"HTTPS_PROXY " + proxy}},
		"upper_case_wins":  {map[string]string{"HTTPS_PROXY": "http://proxy", "https_proxy": "://"}, nil},
		"both_kinds":       {map[string]string{"HTTPS_PROXY": "://", "HTTP_PROXY": "://"}, []string{"HTTPS_PROXY " + proxy, "HTTP_PROXY " + proxy}},
		"file":             {map[string]string{"SSL_CERT_FILE": file}, nil},
		"file_absent":      {map[string]string{"SSL_CERT_FILE": file + "\n.not"}, []string{`ca.pem\n.not", a file that does not exist`}},
		"file_is_a_folder": {map[string]string{"SSL_CERT_FILE": filepath.Dir(file)}, []string{"which is a folder"}},
		"file_without_end": {map[string]string{"SSL_CERT_FILE": "/dev/zero"}, []string{"which is not a regular file"}},
		"folder_and_none":  {map[string]string{"SSL_CERT_DIR": filepath.Dir(file) + ":"}, nil},
		"folder_absent":    {map[string]string{"SSL_CERT_DIR": filepath.Dir(file) + ":/none"}, []string{`"/none", a folder that does not exist`}},
		"folder_is_a_file": {map[string]string{"SSL_CERT_DIR": file}, []string{"which cannot be read as a folder"}},
		"all_at_once":      {map[string]string{"HTTPS_PROXY": "://", "SSL_CERT_FILE": "/none"}, []string{"HTTPS_PROXY", "SSL_CERT_FILE"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := CheckEnvironment(func(name string) string { return tc.env[name] })
			if len(got) != len(tc.says) {
				t.Fatalf("got %q, want %d clauses", got, len(tc.says))
			}
			for i, says := range tc.says {
				if !strings.Contains(got[i], says) {
					t.Errorf("got %q, want %q in it", got[i], says)
				}
			}
			if strings.Contains(fmt.Sprint(got), "s3cr3t") {
				t.Errorf("the password is in %q", got)
			}
		})
	}
}
