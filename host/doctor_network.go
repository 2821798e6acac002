package host

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// networkChecks look at the variables that every request depends on. They make no
// request: only the providers know whom they talk to.
func (d *doctor) networkChecks(context.Context) []DoctorCheck {
	checks := append(d.proxyChecks(), d.certificateChecks()...)
	reach := "each provider below asks its own host, and compares the clocks"
	if d.Offline {
		reach = "not asked: --offline"
	}
	return append(checks, fine("hosts", reach))
}

// proxyChecks read the variables as HTTP clients do: lower case is as good, except
// that a web server's HTTP_PROXY means nothing.
func (d *doctor) proxyChecks() []DoctorCheck {
	var found []string
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"} {
		value := d.env[name]
		if value == "" {
			continue
		}
		shown, err := proxyAddress(value)
		if err != nil {
			return []DoctorCheck{failing("proxy", name+" "+err.Error(), "correct "+name+", as in http://proxy.example:3128")}
		}
		found = append(found, name+"="+shown)
	}
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		if value := d.env[name]; value != "" {
			found = append(found, name+"="+value)
		}
	}
	if a, b := d.env["HTTPS_PROXY"], d.env["https_proxy"]; a != "" && b != "" && a != b {
		return []DoctorCheck{doubtful("proxy", "HTTPS_PROXY and https_proxy differ: programs do not agree which one counts", "unset one of them")}
	}
	if len(found) == 0 {
		return []DoctorCheck{fine("proxy", "none set")}
	}
	return []DoctorCheck{fine("proxy", strings.Join(found, " "))}
}

// proxyAddress is a proxy without the password that may be in it.
func proxyAddress(value string) (string, error) {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" {
		return "", errNoURL // the parser's own message repeats the value, password included
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
	default:
		return "", fmt.Errorf("has the scheme %q, which is none of http, https or socks5", u.Scheme)
	}
	shown := u.Scheme + "://" + u.Host
	if u.User != nil {
		shown += " (with a login)"
	}
	return shown, nil
}

var errNoURL = errors.New("is no URL of a proxy")

// certificateChecks read the files that replace the system's authorities.
func (d *doctor) certificateChecks() []DoctorCheck {
	file, folders := d.env["SSL_CERT_FILE"], d.env["SSL_CERT_DIR"]
	if file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			return []DoctorCheck{failing("certificates", "SSL_CERT_FILE: "+err.Error(), "correct or unset SSL_CERT_FILE")}
		}
		if !x509.NewCertPool().AppendCertsFromPEM(data) {
			return []DoctorCheck{failing("certificates", "SSL_CERT_FILE: "+file+" holds no certificate in PEM form", "correct or unset SSL_CERT_FILE")}
		}
	}
	for _, folder := range filepath.SplitList(folders) {
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			return []DoctorCheck{failing("certificates", "SSL_CERT_DIR: "+folder+" is no folder", "correct or unset SSL_CERT_DIR")}
		}
	}
	switch {
	case file != "":
		return []DoctorCheck{fine("certificates", "from SSL_CERT_FILE="+file)}
	case folders != "":
		return []DoctorCheck{fine("certificates", "from SSL_CERT_DIR="+folders)}
	}
	return []DoctorCheck{fine("certificates", "the system's")}
}
