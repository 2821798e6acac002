package install

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func netrcFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "netrc")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestNetrc: a host's entry goes to that host, by the API's and by plain addresses,
// and the default entry to nobody.
func TestNetrc(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		entry     func(api, files *url.URL) string
		environ   string
		api, file string // the Authorization headers wanted
	}{
		"api host":        {entry: func(api, _ *url.URL) string { return "machine " + api.Host + " login me password s3cret" }, api: "Basic bWU6czNjcmV0"},
		"file host":       {entry: func(_, files *url.URL) string { return "machine " + files.Host + " login me password s3cret" }, file: "Basic bWU6czNjcmV0"},
		"variable first":  {entry: func(api, _ *url.URL) string { return "machine " + api.Host + " login me password s3cret" }, environ: "GITHUB_TOKEN=t0ken", api: "Bearer t0ken"},
		"default entry":   {entry: func(_, _ *url.URL) string { return "default login me password s3cret" }},
		"another machine": {entry: func(_, _ *url.URL) string { return "machine example.com login me password s3cret" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newForge(t)
			f.ordinary(t, "1.0.0", nil)
			api, _ := url.Parse(f.url)
			files, _ := url.Parse(f.files2)
			install(t, f.installer(t, "NETRC="+netrcFile(t, test.entry(api, files)), test.environ), "github.com/owner/acme")
			for host, want := range map[string]string{"api": test.api, "files": test.file} {
				if got := slices.Compact(slices.Clone(f.tokens[host])); !slices.Equal(got, []string{want}) {
					t.Errorf("%s got %q, want %q", host, got, want)
				}
			}
		})
	}
}

// TestNetrcBroken: the error names file and line, and nothing of what is in it.
func TestNetrcBroken(t *testing.T) {
	t.Parallel()
	f := newForge(t)
	f.ordinary(t, "1.0.0", nil)
	path := netrcFile(t, "machine a login b password c\nlogin s3cret\n")
	_, err := f.installer(t, "NETRC="+path).Install(t.Context(), Request{Source: "github.com/owner/acme"})
	wantError(t, err, KindUsage, path, "line 2")
	if strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the error quotes the file: %v", err)
	}
}
