package install

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"aead.dev/minisign"
)

// forge is a stand-in for a release host.
type forge struct {
	url string

	mu       sync.Mutex
	releases []map[string]any
	files    map[string][]byte
	// tokens are the Authorization headers seen, by host.
	tokens map[string][]string
	// limited answers every question with a rate limit.
	limited bool
	files2  string // the address of the files, which is another host
}

func newForge(t *testing.T) *forge {
	t.Helper()
	f := &forge{files: map[string][]byte{}, tokens: map[string][]string{}}
	api := httptest.NewServer(http.HandlerFunc(f.api))
	t.Cleanup(api.Close)
	downloads := httptest.NewServer(http.HandlerFunc(f.download))
	t.Cleanup(downloads.Close)
	f.url, f.files2 = api.URL, downloads.URL
	return f
}

func (f *forge) note(host string, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tokens[host] = append(f.tokens[host], r.Header.Get("Authorization"))
}

func (f *forge) api(w http.ResponseWriter, r *http.Request) {
	f.note("api", r)
	if name, ok := strings.CutPrefix(r.URL.Path, "/asset/"); ok { // as the real one does: to another host
		http.Redirect(w, r, f.files2+"/"+name, http.StatusFound)
		return
	}
	switch {
	case f.limited:
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", "1900000000")
		w.WriteHeader(http.StatusForbidden)
	case r.URL.Path != "/repos/owner/acme/releases":
		w.WriteHeader(http.StatusNotFound)
	default:
		f.mu.Lock()
		defer f.mu.Unlock()
		_ = json.NewEncoder(w).Encode(f.releases)
	}
}

func (f *forge) download(w http.ResponseWriter, r *http.Request) {
	f.note("files", r)
	f.mu.Lock()
	data, ok := f.files[strings.TrimPrefix(r.URL.Path, "/")]
	f.mu.Unlock()
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	send(w, r, data, `"x"`)
}

// publish adds a release with these files. A checksum file is made unless one is
// among them; key signs it.
func (f *forge) publish(version string, key *minisign.PrivateKey, files map[string][]byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := files["checksums.txt"]; !ok {
		var sums strings.Builder
		for name, data := range files {
			fmt.Fprintf(&sums, "%s  %s\n", hexDigest(data), name)
		}
		files["checksums.txt"] = []byte(sums.String())
	}
	if key != nil {
		files["checksums.txt.minisig"] = minisign.Sign(*key, files["checksums.txt"])
	}
	var assets []map[string]any
	for name, data := range files {
		id := version + "-" + name
		f.files[id] = data
		if data == nil {
			delete(f.files, id)
		}
		assets = append(assets, map[string]any{"name": name, "url": f.url + "/asset/" + id, "browser_download_url": f.files2 + "/" + id, "size": len(data)})
	}
	slices.SortFunc(assets, func(a, b map[string]any) int { return strings.Compare(a["name"].(string), b["name"].(string)) })
	f.releases = append(f.releases, map[string]any{"tag_name": "v" + version, "prerelease": strings.Contains(version, "-"), "assets": assets})
}

func assetName(version, platform string) string {
	return "jcode-provider-acme_" + version + "_" + platform + ".tar.gz"
}

// ordinary publishes a version as most are.
func (f *forge) ordinary(t *testing.T, version string, key *signer) {
	t.Helper()
	more := ""
	var private *minisign.PrivateKey
	if key != nil {
		more, private = key.key(), &key.private
	}
	f.publish(version, private, map[string][]byte{
		assetName(version, Platform()):   tarball(t, plugin("acme", version, more)...),
		assetName(version, "plan9_mips"): []byte("of another machine"),
	})
}

func (f *forge) installer(t *testing.T, environ ...string) *Installer {
	t.Helper()
	in := agreeing(t)
	in.Environ = append([]string{"JCODE_GITHUB_API=" + f.url}, environ...)
	return in
}

func TestRelease(t *testing.T) {
	t.Parallel()
	f := newForge(t)
	for _, version := range []string{"1.0.0", "1.3.0", "1.2.5", "2.0.0", "2.1.0-rc.1"} {
		f.ordinary(t, version, nil)
	}
	for wanted, version := range map[string]string{
		"": "2.0.0", "@^1.2": "1.3.0", "@~1.2.0": "1.2.5", "@1.0.0": "1.0.0", "@v1.2.5": "1.2.5", "@<2": "1.3.0", "@2.1.0-rc.1": "2.1.0-rc.1", "@>=1.2, <1.3": "1.2.5",
	} {
		t.Run(wanted, func(t *testing.T) {
			t.Parallel()
			in := f.installer(t)
			install(t, in, "github.com/owner/acme"+wanted)
			entries, _, err := in.Store.Entries()
			if err != nil || entries[0].Version != version || entries[0].Source != "github.com/owner/acme" {
				t.Fatalf("%+v, %v", entries, err)
			}
			if len(entries[0].Platforms) != 2 || entries[0].Platforms[Platform()] != entries[0].ArchiveSHA256 || entries[0].Platforms["plan9_mips"] == "" {
				t.Errorf("platforms: %v", entries[0].Platforms)
			}
		})
	}
}

// TestReleaseToken: the token goes to the API's host and to no other.
func TestReleaseToken(t *testing.T) {
	t.Parallel()
	f := newForge(t)
	f.ordinary(t, "1.0.0", nil)
	install(t, f.installer(t, "GITHUB_TOKEN=s3cret"), "github.com/owner/acme")
	for _, token := range f.tokens["api"] {
		if token != "Bearer s3cret" {
			t.Errorf("the API got %q", token)
		}
	}
	if len(f.tokens["files"]) == 0 || slices.ContainsFunc(f.tokens["files"], func(s string) bool { return s != "" }) {
		t.Errorf("the file server got %q", f.tokens["files"])
	}
}

func TestReleaseRefused(t *testing.T) {
	t.Parallel()
	good := func(t *testing.T) []byte { return tarball(t, plugin("acme", "2.0.0")...) }
	tests := map[string]struct {
		publish func(*testing.T, *forge)
		wanted  string
		kind    Kind
		want    []string
	}{
		"rate limit":    {publish: func(_ *testing.T, f *forge) { f.limited = true }, kind: KindNetwork, want: []string{"status 403", "rate limit", "GITHUB_TOKEN"}},
		"no repository": {publish: func(_ *testing.T, f *forge) {}, wanted: "!", kind: KindNotFound, want: []string{"status 404", "GITHUB_TOKEN"}},
		"no version":    {publish: func(t *testing.T, f *forge) { f.ordinary(t, "2.0.0", nil) }, wanted: "@^7", kind: KindNotFound, want: []string{"^7", "2.0.0"}},
		"404 asset": {publish: func(t *testing.T, f *forge) {
			f.publish("2.0.0", nil, map[string][]byte{assetName("2.0.0", Platform()): nil, "checksums.txt": []byte(strings.Repeat("ab", 32) + "  " + assetName("2.0.0", Platform()) + "\n")})
		}, kind: KindNetwork, want: []string{"status 404", assetName("2.0.0", Platform())}},
		"missing arch": {publish: func(_ *testing.T, f *forge) {
			f.publish("2.0.0", nil, map[string][]byte{assetName("2.0.0", "plan9_mips"): []byte("x"), assetName("2.0.0", "aix_ppc64"): []byte("x")})
		}, kind: KindIncompatible, want: []string{"aix/ppc64, plan9/mips"}},
		"no checksum file": {publish: func(t *testing.T, f *forge) {
			f.publish("2.0.0", nil, map[string][]byte{assetName("2.0.0", Platform()): good(t)})
			f.releases[0]["assets"] = slices.DeleteFunc(f.releases[0]["assets"].([]map[string]any), func(a map[string]any) bool { return a["name"] == "checksums.txt" })
		}, kind: KindIntegrity, want: []string{"no checksum file"}},
		"not in the checksum file": {publish: func(t *testing.T, f *forge) {
			f.publish("2.0.0", nil, map[string][]byte{assetName("2.0.0", Platform()): good(t), "checksums.txt": []byte("nothing\n")})
		}, kind: KindIntegrity, want: []string{"does not name"}},
		"checksum mismatch": {publish: func(t *testing.T, f *forge) {
			f.publish("2.0.0", nil, map[string][]byte{assetName("2.0.0", Platform()): good(t), "checksums.txt": []byte(strings.Repeat("ab", 32) + "  " + assetName("2.0.0", Platform()) + "\n")})
		}, kind: KindIntegrity, want: []string{strings.Repeat("ab", 32), "checksums.txt says", "quarantine"}},
		"another version inside": {publish: func(t *testing.T, f *forge) {
			f.publish("2.5.0", nil, map[string][]byte{assetName("2.5.0", Platform()): good(t)})
		}, kind: KindIntegrity, want: []string{"2.5.0", "its manifest says 2.0.0"}},
		"no plugin": {publish: func(_ *testing.T, f *forge) {
			f.publish("2.0.0", nil, map[string][]byte{"tool.tar.gz": []byte("x")})
		}, kind: KindNotFound, want: []string{"holds no plugin"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newForge(t)
			test.publish(t, f)
			in := f.installer(t)
			install(t, in, folder(t, "acme", "1.0.0"))
			source := "github.com/owner/acme" + test.wanted
			if test.wanted == "!" {
				source = "github.com/owner/nothing"
			}
			_, err := in.Install(t.Context(), Request{Source: source})
			wantError(t, err, test.kind, test.want...)
			wantUntouched(t, in, map[string]string{"acme": "1.0.0"})
		})
	}
}

// TestReleaseSigned: the signature of the checksum file counts for what it names.
func TestReleaseSigned(t *testing.T) {
	t.Parallel()
	f, us, them := newForge(t), newSigner(t), newSigner(t)
	f.ordinary(t, "1.0.0", &us)
	in := f.installer(t)
	if r := install(t, in, "github.com/owner/acme"); r.Trust != "signed" {
		t.Errorf("%+v", r)
	}
	f.ordinary(t, "1.1.0", &us)
	if r, err := in.Upgrade(t.Context(), "acme", Request{}); err != nil || r.Version != "1.1.0" || r.Trust != "signed" {
		t.Errorf("%+v, %v", r, err)
	}
	f.ordinary(t, "1.2.0", &them)
	_, err := in.Upgrade(t.Context(), "acme", Request{})
	wantError(t, err, KindIntegrity, us.public, them.public)
	f.ordinary(t, "1.3.0", nil)
	_, err = in.Upgrade(t.Context(), "acme", Request{})
	wantError(t, err, KindIntegrity, us.public, "is not signed")
	wantUntouched(t, in, map[string]string{"acme": "1.1.0"})
}

// TestOutdated: what the constraint allows, what there is, and pins.
func TestOutdated(t *testing.T) {
	t.Parallel()
	f := newForge(t)
	f.ordinary(t, "1.2.0", nil)
	in := f.installer(t)
	install(t, in, "github.com/owner/acme@^1")
	install(t, in, folder(t, "local", "1.0.0"))
	f.ordinary(t, "1.4.0", nil)
	f.ordinary(t, "2.0.0", nil)
	updates, err := in.Outdated(t.Context())
	if err != nil || len(updates) != 2 {
		t.Fatalf("%+v, %v", updates, err)
	}
	if u := updates[0]; u.Wanted != "1.4.0" || u.Latest != "2.0.0" || !u.Newer() {
		t.Errorf("%+v", u)
	}
	if u := updates[1]; u.Reason == "" || u.Newer() {
		t.Errorf("%+v", u)
	}
	if _, err := in.Pin(t.Context(), "acme", true); err != nil {
		t.Fatal(err)
	}
	_, err = in.Upgrade(t.Context(), "acme", Request{})
	wantError(t, err, KindConsent, "pinned", "pin --remove")
	if _, err := in.Pin(t.Context(), "acme", false); err != nil {
		t.Fatal(err)
	}
	if r, err := in.Upgrade(t.Context(), "acme", Request{}); err != nil || r.Version != "1.4.0" || r.Previous != "1.2.0" {
		t.Errorf("%+v, %v", r, err)
	}
	_, err = in.Outdated(t.Context(), "nobody")
	wantError(t, err, KindNotFound)
}

func hexDigest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
