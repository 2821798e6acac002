//go:build linux

package e2e

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/tools/standin/openaiauth"
	"github.com/jcode-go/jcode/tools/standin/responses"
)

// codexVersion is the one that these tests were written with.
const codexVersion = "0.171.0"

// codexBed is a bed with the real codex in it. It shares the credentials file with
// jcode, as on a person's machine.
type codexBed struct {
	*openAIBed
	program string
}

// newCodexBed installs codex, then leaves the network but for this machine, and
// starts the stand-in there: in the clear for jcode, and for codex, which takes
// nothing else, with a certificate. It is nil in the process that has not left: there
// the test is over.
func newCodexBed(t *testing.T, options openaiauth.Options) *codexBed {
	t.Helper()
	if os.Getenv("JCODE_VENDOR_CODEX") == "" {
		t.Skip("set JCODE_VENDOR_CODEX=1, or run make vendor-codex")
	}
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: only root can leave the network")
	}
	program := installCodex(t)
	if elsewhere(t, "JCODE_VENDOR_CODEX_PATH="+program, "JCODE_TEST_BIN="+binDir) {
		return nil
	}
	b := &codexBed{openAIBed: &openAIBed{bed: &bed{t: t, home: t.TempDir(), project: t.TempDir()}}, program: program}
	// Codex repeats ids, and asks for more than models and responses.
	b.start(options, responses.Options{Lenient: true, APIKey: apiKey})
	base, authority := secured(t, b.both)
	b.file(".codex/config.toml", fmt.Sprintf(`model = "gpt-5.5"
chatgpt_base_url = "%[1]s/backend-api/"
openai_base_url = "%[1]s/backend-api/codex"
check_for_update_on_startup = false
[features]
enable_request_compression = false
[analytics]
enabled = false
`, base))
	b.env = append(b.env, "CODEX_CA_CERTIFICATE="+authority,
		"CODEX_REFRESH_TOKEN_URL_OVERRIDE="+b.url+"/oauth/token", "CODEX_REVOKE_TOKEN_URL_OVERRIDE="+b.url+"/oauth/revoke")
	return b
}

// installed is the folder of the one installation that all tests share: it is large.
var installed string

func installCodex(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("JCODE_VENDOR_CODEX_PATH"); path != "" {
		return path
	}
	if installed == "" {
		installed = filepath.Join(binScratch(t), "codex")
	}
	if path := filepath.Join(installed, "node_modules", ".bin", "codex"); exists(path) {
		return path
	}
	return installFromNPM(t, installed, "@openai/codex", "codex", versionOf("JCODE_VENDOR_CODEX_VERSION", codexVersion))
}

// binScratch is a folder that outlives one test.
func binScratch(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "jcode-vendor-") //nolint:usetesting // shared by several tests
	if err != nil {
		t.Fatal(err)
	}
	scratch = append(scratch, dir)
	return dir
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// secured serves handler with a certificate and tells the base URL and the file of
// the authority that signed it.
func secured(t *testing.T, handler http.Handler) (base, authority string) {
	t.Helper()
	ca, caKey, caDER := certificate(t, nil, nil)
	_, key, der := certificate(t, ca, caKey)
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der, caDER}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	authority = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}), 0o600); err != nil {
		t.Fatal(err)
	}
	return server.URL, authority
}

// certificate makes one for loopback, signed by ca, or an authority without one.
func certificate(t *testing.T, ca *x509.Certificate, caKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "stand-in"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	if ca == nil {
		template.IsCA, template.KeyUsage, template.IPAddresses, template.ExtKeyUsage = true, x509.KeyUsageCertSign, nil, nil
		ca, caKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, &key.PublicKey, caKey)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, key, der
}

// give puts a credentials file where codex and jcode look for it.
func (b *codexBed) give(file string) {
	b.t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		b.t.Fatal(err)
	}
	b.file(".codex/auth.json", string(content))
}

// codexCommand prepares one prompt to codex.
func (b *codexBed) codexCommand(prompt string) *exec.Cmd {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	b.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, b.program, "exec", "--skip-git-repo-check", "-s", "read-only", prompt)
	cmd.Dir, cmd.Env, cmd.WaitDelay = b.project, b.env, 10*time.Second
	return cmd
}

// answered is how codex asked for the answer to a prompt.
type answered struct {
	stdout, stderr string
	err            error
	paths          []string
	authorized     int // requests for a response that were answered
	stripped       int // requests for a response without any credential
	account        string
}

// codex has codex answer a prompt and tells what it sent for that.
func (b *codexBed) codex(prompt string) answered {
	b.t.Helper()
	b.api.Reset()
	cmd := b.codexCommand(prompt)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	a := answered{err: cmd.Run()}
	a.stdout, a.stderr = stdout.String(), stderr.String()
	b.silent("the output of codex", a.stdout+a.stderr)
	for _, r := range b.api.Requests() {
		a.paths = append(a.paths, fmt.Sprintf("%s %s %d %s", r.Method, r.Path, r.Status, r.Violation))
		if r.Method != http.MethodPost || !strings.HasSuffix(r.Path, "/responses") {
			continue
		}
		a.account = r.Headers["chatgpt-account-id"]
		switch {
		case r.Headers["authorization"] == "":
			a.stripped++
		case r.Status == http.StatusOK:
			a.authorized++
		}
	}
	return a
}

// wantAnswer fails the test unless codex answered with the login's own account.
func (b *codexBed) wantAnswer(a answered, prompt, account string) {
	b.t.Helper()
	if a.err != nil || !strings.Contains(a.stdout, "echo: "+prompt) || a.authorized != 1 || a.account != account {
		b.t.Errorf("codex: %v, authorized %d, account %q\nstdout: %s\nstderr: %s\n%s", a.err, a.authorized, a.account, clip(a.stdout), clip(a.stderr), strings.Join(a.paths, "\n"))
	}
	for _, trouble := range []string{"ERROR: ", "log in", "sign in"} {
		if strings.Contains(a.stderr, trouble) {
			b.t.Errorf("codex says %q:\n%s", trouble, clip(a.stderr))
		}
	}
}

// The harness itself: a file as codex writes it is good, and one that has the tokens
// alone is not, so that a test that relies on it can fail.
func TestVendorCodexHarness(t *testing.T) {
	b := newCodexBed(t, openaiauth.Options{Account: "acc-codex"})
	if b == nil {
		return
	}
	tokens := b.login.Issue(time.Hour)
	full, bare := filepath.Join(t.TempDir(), "full.json"), filepath.Join(t.TempDir(), "bare.json")
	for path, content := range map[string][]byte{full: tokens.CodexFile(time.Now()), bare: tokens.BareFile(time.Now().Add(time.Hour))} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b.give(full)
	began := time.Now()
	b.wantAnswer(b.codex("say hello"), "say hello", "acc-codex")
	t.Logf("codex answered with a whole file after %s", time.Since(began).Round(time.Millisecond))

	b.give(bare)
	a := b.codex("say hello")
	if a.err == nil || a.authorized != 0 || a.stripped == 0 || a.account != "" {
		t.Errorf("codex works with a file that lacks what it needs: %v, %+v", a.err, a)
	}
	t.Logf("with the tokens alone codex asked %d times without credentials", a.stripped)

	// An expired one is renewed by codex itself, here.
	expired := b.login.Issue(-time.Hour)
	b.file(".codex/auth.json", string(expired.CodexFile(time.Now().Add(-time.Hour))))
	b.wantAnswer(b.codex("say hello"), "say hello", "acc-codex")
	if b.refreshes(200) != 1 {
		t.Errorf("%+v", b.login.Requests())
	}
}
