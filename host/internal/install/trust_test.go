package install

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aead.dev/minisign"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// signer signs plugins as a publisher does.
type signer struct {
	public  string
	private minisign.PrivateKey
}

func newSigner(t *testing.T) signer {
	t.Helper()
	public, private, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return signer{public: public.String(), private: private}
}

// signed is an archive with its signature beside it.
func (s signer) signed(t *testing.T, data []byte) string {
	t.Helper()
	path := file(t, "acme.tar.gz", data)
	write(t, path+".minisig", string(minisign.Sign(s.private, data)))
	return path
}

func (s signer) key() string { return fmt.Sprintf("[signing]\nminisign_keys = [%q]", s.public) }

// TestSigned: a first signed version is trusted on first use, and stays signed.
func TestSigned(t *testing.T) {
	t.Parallel()
	in, us := agreeing(t), newSigner(t)
	r := install(t, in, us.signed(t, tarball(t, plugin("acme", "1.0.0", us.key())...)))
	if r.Trust != discover.TrustSigned || !strings.Contains(r.TrustDetail, us.public) {
		t.Errorf("%+v", r)
	}
	// A second version needs no key of its own.
	install(t, in, us.signed(t, tarball(t, plugin("acme", "1.1.0")...)))
	wantUntouched(t, in, map[string]string{"acme": "1.1.0"})
}

// TestSignatureRefused: nothing is executed, the old version stays, and both facts
// are in the message.
func TestSignatureRefused(t *testing.T) {
	t.Parallel()
	us, them := newSigner(t), newSigner(t)
	second := plugin("acme", "2.0.0")
	tests := map[string]struct {
		source func(t *testing.T) string
		key    string
		want   []string
	}{
		"signature lost": {
			source: func(t *testing.T) string { return file(t, "acme.tar.gz", tarball(t, second...)) },
			want:   []string{us.public, "2.0.0 is not signed", "--unsigned"},
		},
		"key changed": {source: func(t *testing.T) string {
			return them.signed(t, tarball(t, plugin("acme", "2.0.0", them.key())...))
		}, want: []string{us.public, them.public, "--key " + them.public}},
		"unknown key": {
			source: func(t *testing.T) string { return them.signed(t, tarball(t, second...)) },
			want:   []string{us.public, "key id"},
		},
		"signature mismatch": {source: func(t *testing.T) string {
			path := us.signed(t, tarball(t, second...))
			if err := os.WriteFile(path, tarball(t, plugin("acme", "2.0.1")...), 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}, want: []string{"does not fit", us.public}},
		"signature damaged": {source: func(t *testing.T) string {
			path := us.signed(t, tarball(t, second...))
			write(t, path+".minisig", "rubbish")
			return path
		}, want: []string{"cannot be read"}},
		"key named, none there": {
			source: func(t *testing.T) string { return file(t, "acme.tar.gz", tarball(t, second...)) },
			key:    us.public, want: []string{"is not signed", us.public},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := agreeing(t)
			install(t, in, us.signed(t, tarball(t, plugin("acme", "1.0.0", us.key())...)))
			in.Smoke = func(context.Context, discover.Plugin, string) error {
				t.Error("it was started")
				return nil
			}
			_, err := in.Install(t.Context(), Request{Source: test.source(t), Key: test.key})
			wantError(t, err, KindIntegrity, test.want...)
			wantUntouched(t, in, map[string]string{"acme": "1.0.0"})
		})
	}
}

// TestSignatureAccepted: the command that a refusal proposes goes on.
func TestSignatureAccepted(t *testing.T) {
	t.Parallel()
	us, them := newSigner(t), newSigner(t)
	for name, test := range map[string]struct {
		request func(t *testing.T) Request
		signer  string
	}{
		"unsigned": {request: func(t *testing.T) Request {
			return Request{Source: file(t, "acme.tar.gz", tarball(t, plugin("acme", "2.0.0")...)), AcceptUnsigned: true}
		}},
		"other key": {request: func(t *testing.T) Request {
			return Request{Source: them.signed(t, tarball(t, plugin("acme", "2.0.0", them.key())...)), Key: them.public}
		}, signer: them.public},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := agreeing(t)
			install(t, in, us.signed(t, tarball(t, plugin("acme", "1.0.0", us.key())...)))
			asked := false
			in.Ask = func(_ context.Context, c Consent) (Decision, error) {
				asked = strings.Contains(strings.Join(c.Warnings, "\n"), "signer changes")
				return Decision{Agreed: true}, nil
			}
			if _, err := in.Install(t.Context(), test.request(t)); err != nil {
				t.Fatal(err)
			}
			entries, _, err := in.Store.Entries()
			if err != nil || entries[0].Version != "2.0.0" || entries[0].Signer != test.signer || !asked {
				t.Errorf("%+v, asked %t, %v", entries, asked, err)
			}
		})
	}
}

// TestDigestRefused: both digests are in the message, and what was downloaded is
// in quarantine.
func TestDigestRefused(t *testing.T) {
	t.Parallel()
	in := agreeing(t)
	install(t, in, folder(t, "acme", "1.0.0"))
	data := tarball(t, plugin("acme", "2.0.0")...)
	url := serve(t, handler(map[string][]byte{"/acme.tar.gz": data}))
	digest, err := fileDigest(file(t, "x", data))
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Repeat("0f", 32)
	_, err = in.Install(t.Context(), Request{Source: url + "/acme.tar.gz#sha256=" + other})
	wantError(t, err, KindIntegrity, digest, other, "quarantine")
	wantUntouched(t, in, map[string]string{"acme": "1.0.0"})
	if kept, _ := os.ReadDir(in.Store.quarantine()); len(kept) != 1 {
		t.Errorf("in quarantine: %v", kept)
	}
	if _, err = in.Install(t.Context(), Request{Source: url + "/acme.tar.gz", SHA256: digest}); err != nil {
		t.Error(err)
	}
	// The user's own file is left where it is.
	mine := file(t, "acme.tar.gz", data)
	_, err = in.Install(t.Context(), Request{Source: mine, SHA256: other})
	wantError(t, err, KindIntegrity, digest, other)
	if _, err := os.Stat(mine); err != nil {
		t.Error(err)
	}
}

// TestConsent: what is asked, when, and what a denial does.
func TestConsent(t *testing.T) {
	t.Parallel()
	in := agreeing(t)
	in.Others = []discover.Plugin{{Name: "vendor", Source: discover.SourceBundled, Manifest: discover.Manifest{
		Environment: discover.Environment{Variables: []string{"VENDOR_KEY"}}, Files: discover.Files{Read: []string{"~/.vendor/auth.json"}},
	}}}
	var seen []Consent
	deny := []string{"env:ACME_KEY"}
	in.Ask = func(_ context.Context, c Consent) (Decision, error) {
		seen = append(seen, c)
		return Decision{Agreed: true, Denied: deny}, nil
	}
	asks := "[environment]\nvariables = [\"ACME_KEY\", \"VENDOR_KEY\"]\n[files]\nread = [\"~/.vendor/auth.json\"]\n[network]\nhosts = [\"api.acme.dev\"]"
	install(t, in, folder(t, "acme", "1.0.0", asks))
	if len(seen) != 1 || len(seen[0].Asks) != 4 || seen[0].Previous != "" {
		t.Fatalf("%+v", seen)
	}
	notes := map[string]string{}
	for _, ask := range seen[0].Asks {
		notes[ask.Item()] = ask.Note
	}
	if notes["env:VENDOR_KEY"] != "belongs to vendor" || notes["read:~/.vendor/auth.json"] != "belongs to vendor" || notes["env:ACME_KEY"] != "" {
		t.Errorf("%v", notes)
	}
	rows, _ := in.Store.Rows("1.0.0", []int{1})
	if !slices.Equal(rows[0].Denied, []string{"ACME_KEY"}) {
		t.Errorf("denied: %v", rows[0].Denied)
	}
	source := folder(t, "acme", "1.1.0", asks)
	if _, err := in.Upgrade(t.Context(), "acme", Request{Source: source}); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 2 || !strings.Contains(strings.Join(seen[1].Warnings, " "), "another place") {
		t.Fatalf("another place was not asked about: %+v", seen)
	}
	// Nothing new from the same place: nobody is asked, and the denial stays.
	write(t, filepath.Join(source, "plugin.toml"), manifest("acme", "1.2.0", asks))
	if _, err := in.Upgrade(t.Context(), "acme", Request{}); err != nil {
		t.Fatal(err)
	}
	rows, _ = in.Store.Rows("1.0.0", []int{1})
	if len(seen) != 2 || rows[0].Version != "1.2.0" || !slices.Equal(rows[0].Denied, []string{"ACME_KEY"}) {
		t.Errorf("asked %d times, %+v", len(seen), rows[0])
	}
	// More than before: only that is new.
	write(t, filepath.Join(source, "plugin.toml"), manifest("acme", "1.3.0", "[environment]\nvariables = [\"ACME_KEY\", \"MORE_KEY\"]"))
	if _, err := in.Upgrade(t.Context(), "acme", Request{}); err != nil {
		t.Fatal(err)
	}
	last := seen[len(seen)-1]
	if len(seen) != 3 || last.Asks[0].New || !last.Asks[1].New || len(last.Removed) != 3 {
		t.Errorf("%+v", last)
	}
}

// TestConsentRefused: without agreement nothing changes.
func TestConsentRefused(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(context.Context, Consent) (Decision, error){
		"nobody to ask": nil,
		"no":            func(context.Context, Consent) (Decision, error) { return Decision{}, nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := agreeing(t)
			in.Ask = ask
			_, err := in.Install(t.Context(), Request{Source: folder(t, "acme", "1.0.0")})
			wantError(t, err, KindConsent)
			wantUntouched(t, in, nil)
		})
	}
}

// TestBundledName: a plugin that claims a bundled one's name is blocked, and one
// that looks like it is warned of.
func TestBundledName(t *testing.T) {
	t.Parallel()
	in := agreeing(t)
	in.Others = []discover.Plugin{{Name: "acme", Source: discover.SourceBundled}}
	var warnings []string
	in.Ask = func(_ context.Context, c Consent) (Decision, error) {
		warnings = c.Warnings
		return Decision{Agreed: true}, nil
	}
	source := folder(t, "acme", "1.0.0")
	_, err := in.Install(t.Context(), Request{Source: source})
	wantError(t, err, KindConsent, "of its own", source, "--replace-bundled")
	wantUntouched(t, in, nil)
	if _, err := in.Install(t.Context(), Request{Source: source, ReplaceBundled: true}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(warnings, " "), "takes the place") {
		t.Errorf("%v", warnings)
	}
	install(t, in, folder(t, "acne", "1.0.0"))
	if !strings.Contains(strings.Join(warnings, " "), "easily taken for the bundled plugin acme") {
		t.Errorf("%v", warnings)
	}
}

// TestGrantsDieWithThePlugin: who comes after an uninstall is asked again, also by
// a rollback.
func TestGrantsDieWithThePlugin(t *testing.T) {
	t.Parallel()
	in := agreeing(t)
	asked := 0
	in.Ask = func(context.Context, Consent) (Decision, error) {
		asked++
		return Decision{Agreed: true}, nil
	}
	source := folder(t, "acme", "1.0.0")
	install(t, in, source)
	remove := func() {
		if _, err := in.Uninstall(t.Context(), "acme", t.TempDir(), false); err != nil {
			t.Fatal(err)
		}
	}
	remove()
	install(t, in, source)
	if asked != 2 {
		t.Errorf("asked %d times, want 2", asked)
	}
	remove()
	if _, _, err := in.Rollback(t.Context(), "", 0); err != nil {
		t.Fatal(err)
	}
	if asked != 3 || versions(in)["acme"] != "1.0.0" {
		t.Errorf("asked %d times, want 3; %v", asked, versions(in))
	}
	remove()
	in.Ask = nil
	_, _, err := in.Rollback(t.Context(), "", 0)
	wantError(t, err, KindConsent)
	wantUntouched(t, in, map[string]string{})
}

// TestTampered: a changed file in the store is found, shown and put right.
func TestTampered(t *testing.T) {
	t.Parallel()
	in := agreeing(t)
	source := folder(t, "acme", "1.0.0")
	install(t, in, source)
	entries, _, err := in.Store.Entries()
	if err != nil {
		t.Fatal(err)
	}
	object := in.Store.object(entries[0].Tree)
	program := filepath.Join(object, "jcode-provider-acme")
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(script, "exit 1", "exit 0", 1) // of the same size
	if err := os.WriteFile(program, []byte(changed), 0o755); err != nil {
		t.Fatal(err)
	}
	found, err := in.Verify("acme")
	if err != nil || found[0].OK || !strings.Contains(found[0].Detail, entries[0].Tree) {
		t.Errorf("%+v, %v", found, err)
	}
	findings, err := in.Check(t.Context(), false)
	if err != nil || len(findings) != 1 || findings[0].Remedy != "jcode plugins install "+source {
		t.Errorf("%+v, %v", findings, err)
	}
	// Installing again is what the message proposes, and it mends the object.
	if r := install(t, in, source); r.Unchanged {
		t.Error("a damaged object counted as installed")
	}
	if found, _ := in.Verify(); !found[0].OK {
		t.Errorf("%+v", found)
	}
	// A repair drops what is damaged.
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, []byte(changed), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Check(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if got := versions(in); len(got) != 0 {
		t.Errorf("after the repair: %v", got)
	}
	if findings, err := in.Check(t.Context(), false); err != nil || len(findings) > 0 {
		t.Errorf("%+v, %v", findings, err)
	}
}
