package install

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// sourceKind is a way in which plugins are published.
type sourceKind int

const (
	localSource sourceKind = iota
	urlSource
	releaseSource
	moduleSource
)

// source is a SOURCE that was understood.
type source struct {
	kind sourceKind
	// text is the source without version and digest, so that it can be asked for
	// again from anywhere.
	text string
	// path is a local file or folder, or a module's package.
	path string
	// url is what to download.
	url *url.URL
	// host, owner and repo are of a release.
	host, owner, repo string
	// wanted is the version or constraint as it was given; may be empty.
	wanted string
	// sha256 is the digest that was given; may be empty.
	sha256 string
}

// Sources is the help on what SOURCE can be.
const Sources = `./program, ./folder, plugin.tar.gz or plugin.zip
https://host/plugin.tar.gz#sha256=DIGEST
github.com/owner/repo[@^1.2]
go:module/path@version`

var releasePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(github\.com)/([A-Za-z0-9][A-Za-z0-9-]*)/([A-Za-z0-9._-]+)$`)
})

// parseSource reads a SOURCE. dir is the folder that relative paths start from.
func parseSource(text, sha256, dir string) (source, error) {
	s, err := sourceOf(text, dir)
	if err != nil {
		return source{}, err
	}
	return s.withDigest(sha256)
}

func sourceOf(text, dir string) (source, error) {
	switch {
	case text == "":
		return source{}, problem(KindUsage, "jcode plugins install SOURCE", "no source was given")
	case strings.HasPrefix(text, "go:"):
		return moduleOf(strings.TrimPrefix(text, "go:"))
	case strings.Contains(text, "://"):
		return urlOf(text)
	}
	base, wanted, _ := strings.Cut(text, "@")
	if m := releasePattern().FindStringSubmatch(strings.TrimSuffix(base, ".git")); m != nil && !exists(dir, text) {
		return release(m[1], m[2], m[3], wanted)
	}
	path := text
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	if _, err := os.Stat(path); err != nil {
		return source{}, &Error{
			Op: "install " + text, Kind: KindUsage, Detail: "there is no such file (" + causeOf(err) + "), and it is no other source",
			Remedy: "name one of: " + strings.ReplaceAll(Sources, "\n", " | "),
		}
	}
	return source{kind: localSource, text: path, path: path}, nil
}

func exists(dir, path string) bool {
	_, err := os.Lstat(filepath.Join(dir, path))
	return err == nil
}

func release(host, owner, repo, wanted string) (source, error) {
	if wanted != "" {
		if _, err := parseConstraint(wanted); err != nil {
			return source{}, problem(KindUsage, "write it like @1.2.3, @^1.2 or @~1.2.3", "%q is neither a version nor a constraint", wanted)
		}
	}
	return source{kind: releaseSource, text: host + "/" + owner + "/" + repo, host: host, owner: owner, repo: repo, wanted: wanted}, nil
}

func moduleOf(text string) (source, error) {
	path, version, ok := strings.Cut(text, "@")
	if !ok {
		version = "latest"
	}
	if path == "" || version == "" || strings.ContainsAny(path, " \\\t") || strings.HasPrefix(path, "-") || strings.HasPrefix(version, "-") ||
		!strings.Contains(strings.SplitN(path, "/", 2)[0], ".") {
		return source{}, problem(KindUsage, "go:example.com/module/cmd/jcode-provider-name@v1.2.3", "%q is no module path", text)
	}
	return source{kind: moduleSource, text: "go:" + path, path: path, wanted: version}, nil
}

func urlOf(text string) (source, error) {
	u, err := url.Parse(text)
	if err != nil {
		return source{}, problem(KindUsage, "", "%q is no address", text)
	}
	s := source{kind: urlSource}
	if digest, ok := strings.CutPrefix(u.Fragment, "sha256="); ok {
		s.sha256 = digest
	} else if u.Fragment != "" {
		return source{}, problem(KindUsage, "write #sha256=DIGEST", "the part after # is not understood: %q", u.Fragment)
	}
	u.Fragment, u.RawFragment = "", ""
	s.url, s.text = u, u.String()
	if u.User != nil {
		return source{}, problem(KindUsage, "", "a password in an address would be written down; use a server that needs none")
	}
	return s, checkScheme(u)
}

// checkScheme allows https, and http to this machine.
func checkScheme(u *url.URL) error {
	host := u.Hostname()
	switch {
	case u.Scheme == "https" && host != "":
		return nil
	case u.Scheme == "http" && (host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")):
		return nil
	case u.Scheme == "http":
		return problem(KindUsage, "use https", "%s: http is allowed to this machine only", u.Redacted())
	}
	return problem(KindUsage, "use https", "%s: only https addresses can be downloaded", u.Redacted())
}

func (s source) withDigest(given string) (source, error) {
	given = strings.ToLower(strings.TrimPrefix(strings.ToLower(given), "sha256:"))
	s.sha256 = strings.ToLower(s.sha256)
	switch {
	case given != "" && s.sha256 != "" && given != s.sha256:
		return s, problem(KindUsage, "", "--sha256 and #sha256= differ: %s and %s", given, s.sha256)
	case given != "" && s.kind == moduleSource:
		return s, problem(KindUsage, "", "a go: source is checked by the module proxy's checksums; --sha256 does not apply")
	case given != "":
		s.sha256 = given
	}
	if s.sha256 != "" && !isDigest(s.sha256) {
		return s, problem(KindUsage, "", "%q is no SHA-256 digest: 64 hexadecimal digits", s.sha256)
	}
	return s, nil
}
