package openai

import (
	"crypto/x509"
	"errors"
	"os"

	"github.com/jcode-go/jcode/sdk"
)

var errNoCertificate = errors.New("it holds no certificate")

// readRoots adds the certificates of a file to those of the system, as the codex
// program does for networks that look into TLS. Without a file it returns nil.
func readRoots(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, badRoots(path, err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(text) {
		return nil, badRoots(path, errNoCertificate)
	}
	return roots, nil
}

func badRoots(path string, err error) error {
	return &sdk.Error{
		Kind: sdk.KindConfiguration, Message: caVariable + " names " + path + ", which cannot be used",
		Remedy: "unset " + caVariable + ", or name a file of PEM certificates", Err: err,
	}
}
