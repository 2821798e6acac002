package install

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// send answers with data as a server does that can resume.
func send(w http.ResponseWriter, r *http.Request, data []byte, tag string) {
	w.Header().Set("ETag", tag)
	from := 0
	if text, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok && r.Header.Get("If-Range") == tag {
		from, _ = strconv.Atoi(strings.TrimSuffix(text, "-"))
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(data)-1, len(data)))
		w.Header().Set("Content-Length", strconv.Itoa(len(data)-from))
		w.WriteHeader(http.StatusPartialContent)
	} else {
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	}
	_, _ = w.Write(data[from:])
}

// hangUp sends what was written so far and breaks the connection.
func hangUp(w http.ResponseWriter) {
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// noise does not get smaller when it is packed.
func noise(n int) string {
	data := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(data)
	return string(data)
}

// TestDownloadFails: after each the old version runs, staging is swept, and the
// message names address, status and the variable to set.
func TestDownloadFails(t *testing.T) {
	t.Parallel()
	archive := func(t *testing.T) []byte {
		return tarball(t, append(plugin("acme", "2.0.0"), item{name: "padding", text: noise(150000), mode: 0o644})...)
	}
	tests := map[string]struct {
		serve func(http.ResponseWriter, *http.Request, []byte)
		want  []string
	}{
		"cut at 1 percent": {func(w http.ResponseWriter, _ *http.Request, data []byte) {
			w.Header().Set("Content-Length", strconv.Itoa(len(data)))
			_, _ = w.Write(data[:len(data)/100])
			hangUp(w)
		}, []string{"/acme.tar.gz", "unexpected EOF"}},
		"cut at 99 percent": {func(w http.ResponseWriter, _ *http.Request, data []byte) {
			w.Header().Set("Content-Length", strconv.Itoa(len(data)))
			_, _ = w.Write(data[:len(data)*99/100])
			hangUp(w)
		}, []string{"/acme.tar.gz", "unexpected EOF"}},
		"server closes at once": {func(http.ResponseWriter, *http.Request, []byte) { panic(http.ErrAbortHandler) }, []string{"/acme.tar.gz", "EOF"}},
		"wrong length": {func(w http.ResponseWriter, _ *http.Request, data []byte) {
			w.Header().Set("Content-Length", strconv.Itoa(len(data)+10))
			_, _ = w.Write(data)
		}, []string{"/acme.tar.gz", "EOF"}},
		"redirect to http": {func(w http.ResponseWriter, _ *http.Request, _ []byte) {
			w.Header().Set("Location", "http://example.com/acme.tar.gz")
			w.WriteHeader(http.StatusFound)
		}, []string{"redirects to http://example.com/acme.tar.gz", "https"}},
		"404": {func(w http.ResponseWriter, _ *http.Request, _ []byte) { w.WriteHeader(http.StatusNotFound) }, []string{"/acme.tar.gz", "status 404"}},
		"403 rate limit": {func(w http.ResponseWriter, _ *http.Request, _ []byte) {
			w.Header().Set("X-RateLimit-Remaining", "0")
			w.Header().Set("X-RateLimit-Reset", "1900000000")
			w.WriteHeader(http.StatusForbidden)
		}, []string{"/acme.tar.gz", "status 403", "rate limit", "GITHUB_TOKEN"}},
		"401":                 {func(w http.ResponseWriter, _ *http.Request, _ []byte) { w.WriteHeader(http.StatusUnauthorized) }, []string{"status 401", "GITHUB_TOKEN"}},
		"500 again and again": {func(w http.ResponseWriter, _ *http.Request, _ []byte) { w.WriteHeader(http.StatusInternalServerError) }, []string{"status 500"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := agreeing(t)
			install(t, in, folder(t, "acme", "1.0.0"))
			data := archive(t)
			url := serve(t, func(w http.ResponseWriter, r *http.Request) { test.serve(w, r, data) })
			_, err := in.Install(t.Context(), Request{Source: url + "/acme.tar.gz"})
			wantError(t, err, KindNetwork, test.want...)
			wantUntouched(t, in, map[string]string{"acme": "1.0.0"})
		})
	}
}

// TestDownloadResumes: what broke goes on where it was, and the digest is right.
func TestDownloadResumes(t *testing.T) {
	t.Parallel()
	in := agreeing(t)
	data := tarball(t, append(plugin("acme", "2.0.0"), item{name: "padding", text: noise(300000), mode: 0o644})...)
	var asked atomic.Int64
	var ranges []string
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".minisig") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		ranges = append(ranges, r.Header.Get("Range"))
		if asked.Add(1) == 1 {
			w.Header().Set("ETag", `"one"`)
			w.Header().Set("Content-Length", strconv.Itoa(len(data)))
			_, _ = w.Write(data[:len(data)/2])
			hangUp(w)
		}
		send(w, r, data, `"one"`)
	})
	install(t, in, url+"/acme.tar.gz")
	if len(ranges) != 2 || ranges[1] != fmt.Sprintf("bytes=%d-", len(data)/2) {
		t.Errorf("asked for %q", ranges)
	}
	wantUntouched(t, in, map[string]string{"acme": "2.0.0"})
}

// TestDownloadStartsAnew: a file that changed while it was fetched is not put
// together of two.
func TestDownloadStartsAnew(t *testing.T) {
	t.Parallel()
	in := agreeing(t)
	old := tarball(t, append(plugin("acme", "2.0.0"), item{name: "padding", text: noise(300000), mode: 0o644})...)
	now := tarball(t, plugin("acme", "3.0.0")...)
	var asked atomic.Int64
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".minisig") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if asked.Add(1) == 1 {
			w.Header().Set("ETag", `"one"`)
			w.Header().Set("Content-Length", strconv.Itoa(len(old)))
			_, _ = w.Write(old[:len(old)/2])
			hangUp(w)
		}
		send(w, r, now, `"two"`)
	})
	install(t, in, url+"/acme.tar.gz")
	wantUntouched(t, in, map[string]string{"acme": "3.0.0"})
}

func TestDownloadTooLarge(t *testing.T) {
	t.Parallel()
	in := agreeing(t)
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(MaxArchiveBytes+1))
		w.WriteHeader(http.StatusOK)
	})
	_, err := in.Install(t.Context(), Request{Source: url + "/acme.tar.gz"})
	wantError(t, err, KindArchive, "256 MiB")
	wantUntouched(t, in, nil)
}

func TestSources(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	digest := strings.Repeat("ab", 32)
	tests := map[string]struct {
		source, sha256 string
		text, wanted   string
		kind           sourceKind
		err            string
	}{
		"url with digest":    {source: "https://x.dev/a.zip#sha256=" + digest, kind: urlSource, text: "https://x.dev/a.zip"},
		"digests differ":     {source: "https://x.dev/a.zip#sha256=" + digest, sha256: strings.Repeat("cd", 32), err: "differ"},
		"bad digest":         {source: "https://x.dev/a.zip", sha256: "abc", err: "no SHA-256"},
		"odd fragment":       {source: "https://x.dev/a.zip#md5=1", err: "not understood"},
		"http elsewhere":     {source: "http://x.dev/a.zip", err: "to this machine only"},
		"http here":          {source: "http://127.0.0.1:1/a.zip", kind: urlSource, text: "http://127.0.0.1:1/a.zip"},
		"ftp":                {source: "ftp://x.dev/a.zip", err: "only https"},
		"password":           {source: "https://me:secret@x.dev/a.zip", err: "password"},
		"release":            {source: "github.com/o/r", kind: releaseSource, text: "github.com/o/r"},
		"release constraint": {source: "github.com/o/r@^1.2", kind: releaseSource, text: "github.com/o/r", wanted: "^1.2"},
		"bad constraint":     {source: "github.com/o/r@newest", err: "neither a version"},
		"module":             {source: "go:x.dev/m/cmd/p@v1.2.3", kind: moduleSource, text: "go:x.dev/m/cmd/p", wanted: "v1.2.3"},
		"module latest":      {source: "go:x.dev/m", kind: moduleSource, text: "go:x.dev/m", wanted: "latest"},
		"module flag":        {source: "go:-x@v1", err: "no module path"},
		"module digest":      {source: "go:x.dev/m@v1.0.0", sha256: digest, err: "does not apply"},
		"folder":             {source: ".", kind: localSource, text: dir},
		"nothing":            {source: "nowhere", err: "there is no such file"},
		"empty":              {source: "", err: "no source"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := parseSource(test.source, test.sha256, dir)
			if test.err != "" {
				wantError(t, err, KindUsage, test.err)
				return
			}
			if err != nil || s.kind != test.kind || s.text != test.text || s.wanted != test.wanted {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}

// handler serves files and says that there are no others.
func handler(files map[string][]byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		data, ok := files[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		send(w, r, data, `"x"`)
	}
}
