package install

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/http/httpproxy"
)

// apiVariable overrides the address of the release host's API.
const apiVariable = "JCODE_GITHUB_API"

const defaultAPI = "https://api.github.com"

// publication is one release, as the API tells it.
type publication struct {
	Tag        string  `json:"tag_name"`
	Draft      bool    `json:"draft"`
	Prerelease bool    `json:"prerelease"`
	Assets     []asset `json:"assets"`

	version string // without the v; empty for a tag that is none
}

type asset struct {
	Name string `json:"name"`
	// URL is the API's, which private repositories need; Browser anybody's.
	URL     string `json:"url"`
	Browser string `json:"browser_download_url"`
	Size    int64  `json:"size"`
}

// fetchRelease finds the newest release that is wanted, and downloads the archive
// for this machine, its checksum and the signature of the checksums.
func (in *Installer) fetchRelease(ctx context.Context, s source, work *stage) (fetched, error) {
	p, err := in.publication(ctx, s)
	if err != nil {
		return fetched{}, err
	}
	archive, plugin, err := p.archive(s)
	if err != nil {
		return fetched{}, err
	}
	f := fetched{name: archive.Name, plugin: plugin, version: p.version, url: archive.Browser}
	if err := in.checksums(ctx, p, archive, &f, work); err != nil {
		return fetched{}, err
	}
	if s.sha256 != "" {
		f.sha256, f.sumsName = s.sha256, ""
	}
	u, header, err := in.assetURL(archive)
	if err != nil {
		return fetched{}, err
	}
	f.file, err = in.download(ctx, u, header, archive.Name, work)
	if f.signature == nil && err == nil {
		f.signed = f.file
		f.signature, err = in.smallAsset(ctx, p, archive.Name+".minisig")
	}
	return f, err
}

// publication is the newest release that fits what is wanted.
func (in *Installer) publication(ctx context.Context, s source) (publication, error) {
	all, err := in.publications(ctx, s)
	if err != nil {
		return publication{}, err
	}
	wanted, err := parseConstraint(cmp.Or(s.wanted, "*"))
	if err != nil {
		return publication{}, problem(KindUsage, "", "%q is no constraint: %v", s.wanted, err)
	}
	var best publication
	var seen []string
	for _, p := range all {
		if p.Draft || p.version == "" {
			continue
		}
		seen = append(seen, p.version)
		fits := wanted.allows(p.version) && (s.wanted != "" || !p.Prerelease)
		if fits && (best.version == "" || older(best.version, p.version)) {
			best = p
		}
	}
	if best.version == "" {
		what := "no release"
		if s.wanted != "" {
			what = "no release that fits " + s.wanted
		}
		return best, problem(KindNotFound, "jcode plugins install "+s.text+"@VERSION", "%s has %s (found: %s)", s.text, what, list(seen))
	}
	return best, nil
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// publications are the newest hundred releases of a repository.
func (in *Installer) publications(ctx context.Context, s source) ([]publication, error) {
	base := in.env(apiVariable)
	if base == "" {
		base = defaultAPI
	}
	u, err := url.Parse(strings.TrimSuffix(base, "/") + "/repos/" + s.owner + "/" + s.repo + "/releases?per_page=100")
	if err != nil {
		return nil, problem(KindUsage, "", "%s: %q is no address", apiVariable, base)
	}
	if err := checkScheme(u); err != nil {
		return nil, err
	}
	data, found, err := in.small(ctx, u, in.apiHeader(u, "application/vnd.github+json"))
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, problem(KindNotFound, "check the name; a private repository needs "+tokenVariable, "%s: there is no such repository (%s: status 404)", s.text, u.Redacted())
	}
	var all []publication
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, &Error{Op: "read releases of " + s.text, Kind: KindNetwork, Err: err, Remedy: "check " + apiVariable}
	}
	for i := range all {
		all[i].version = strings.TrimPrefix(canonical(all[i].Tag), "v")
	}
	return all, nil
}

// apiHeader has the token, if u is the API's own host.
func (in *Installer) apiHeader(u *url.URL, accept string) map[string]string {
	header := map[string]string{"Accept": accept}
	base := in.env(apiVariable)
	if base == "" {
		base = defaultAPI
	}
	api, err := url.Parse(base)
	if token := in.env(tokenVariable); token != "" && err == nil && api.Host == u.Host && api.Scheme == u.Scheme {
		header["Authorization"] = "Bearer " + token
	}
	return header
}

// assetURL chooses between the API's address, which takes a token, and the open one.
func (in *Installer) assetURL(a asset) (*url.URL, map[string]string, error) {
	text := a.Browser
	if a.URL != "" && (text == "" || in.hasToken(a.URL)) {
		text = a.URL
	}
	u, err := url.Parse(text)
	if err != nil || text == "" {
		return nil, nil, problem(KindNetwork, "", "%s has no address to download it from", a.Name)
	}
	return u, in.apiHeader(u, "application/octet-stream"), checkScheme(u)
}

// hasToken reports whether the API's address of a file can be asked with a token.
func (in *Installer) hasToken(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	if in.apiHeader(u, "")["Authorization"] != "" {
		return true
	}
	_, found, err := in.netrcLogin(u)
	return found && err == nil
}

var archivePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^jcode-provider-([a-z][a-z0-9-]{1,31})_([^_]+)_([a-z0-9]+)_([a-z0-9]+)\.(tar\.gz|tgz|zip)$`)
})

// archive picks the asset for this machine.
func (p publication) archive(s source) (asset, string, error) {
	var platforms []string
	var found asset
	plugin := ""
	for _, a := range p.Assets {
		m := archivePattern().FindStringSubmatch(a.Name)
		if m == nil {
			continue
		}
		if plugin != "" && plugin != m[1] {
			return asset{}, "", problem(KindManifest, "one plugin to a repository", "release %s holds plugins %s and %s", p.Tag, plugin, m[1])
		}
		plugin = m[1]
		platforms = append(platforms, m[3]+"/"+m[4])
		if m[3]+"_"+m[4] == Platform() && (found.Name == "" || strings.HasSuffix(a.Name, ".tar.gz")) {
			found = a
		}
	}
	slices.Sort(platforms)
	platforms = slices.Compact(platforms)
	switch {
	case plugin == "":
		return asset{}, "", problem(KindNotFound, "ask its publisher for files named jcode-provider-NAME_VERSION_OS_ARCH.tar.gz",
			"release %s of %s holds no plugin", p.Tag, s.text)
	case found.Name == "":
		return asset{}, "", problem(KindIncompatible, "ask its publisher for a build, or build it with go:", "release %s of %s is not built for %s; it is for %s",
			p.Tag, s.text, strings.ReplaceAll(Platform(), "_", "/"), strings.Join(platforms, ", "))
	}
	return found, plugin, nil
}

// checksums finds the checksum file, takes the digests of all platforms from it,
// and its signature.
func (in *Installer) checksums(ctx context.Context, p publication, archive asset, f *fetched, work *stage) error {
	i := slices.IndexFunc(p.Assets, func(a asset) bool {
		return a.Name == "checksums.txt" || a.Name == "SHA256SUMS" || strings.HasSuffix(a.Name, "_checksums.txt")
	})
	if i < 0 {
		return problem(KindIntegrity, "ask its publisher for a checksums.txt; jcode plugins install URL#sha256=DIGEST needs none", "release %s has no checksum file", p.Tag)
	}
	sums, err := in.smallAsset(ctx, p, p.Assets[i].Name)
	if err != nil {
		return err
	}
	digests := parseChecksums(sums)
	if f.sha256 = digests[archive.Name]; f.sha256 == "" {
		return problem(KindIntegrity, "ask its publisher", "%s of release %s does not name %s", p.Assets[i].Name, p.Tag, archive.Name)
	}
	f.sumsName, f.platforms = p.Assets[i].Name, map[string]string{}
	for name, digest := range digests {
		if m := archivePattern().FindStringSubmatch(name); m != nil {
			f.platforms[m[3]+"_"+m[4]] = digest
		}
	}
	f.signature, err = in.smallAsset(ctx, p, p.Assets[i].Name+".minisig")
	if err != nil {
		return err
	}
	if f.signature != nil {
		f.signed = work.in("checksums")
		if err := os.WriteFile(f.signed, sums, 0o600); err != nil {
			return storeError("write checksums", err)
		}
	}
	key, err := in.smallAsset(ctx, p, "minisign.pub")
	f.publicKey = string(key)
	return err
}

// smallAsset gets an asset by name; nil when the release has none of that name.
func (in *Installer) smallAsset(ctx context.Context, p publication, name string) ([]byte, error) {
	i := slices.IndexFunc(p.Assets, func(a asset) bool { return a.Name == name })
	if i < 0 {
		return nil, nil
	}
	u, header, err := in.assetURL(p.Assets[i])
	if err != nil {
		return nil, err
	}
	data, found, err := in.small(ctx, u, header)
	if err == nil && !found {
		err = &Error{Op: "download", Kind: KindNetwork, Detail: u.Redacted() + ": status 404", Remedy: "the release names a file that is not there; a private repository needs " + tokenVariable}
	}
	return data, err
}

// parseChecksums reads what sha256sum writes: a digest, a space, a space or a
// star, and the name. Lines that are nothing of the kind are passed over.
func parseChecksums(text []byte) map[string]string {
	digests := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		digest, name, ok := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		name = strings.TrimPrefix(strings.TrimLeft(name, " "), "*")
		if digest = strings.ToLower(digest); ok && isDigest(digest) && name != "" {
			digests[strings.TrimPrefix(name, "./")] = digest
		}
	}
	return digests
}

// proxy is the user's, read from the environment that was handed in.
func (in *Installer) proxy() func(*http.Request) (*url.URL, error) {
	either := func(name string) string {
		if value := in.env(name); value != "" {
			return value
		}
		return in.env(strings.ToLower(name))
	}
	config := httpproxy.Config{HTTPProxy: either("HTTP_PROXY"), HTTPSProxy: either("HTTPS_PROXY"), NoProxy: either("NO_PROXY")}
	choose := config.ProxyFunc()
	return func(r *http.Request) (*url.URL, error) { return choose(r.URL) }
}
