package install

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"
	"time"
)

const (
	// downloadTries is how often a download is begun or resumed.
	downloadTries = 4
	// downloadPause is the wait before the second try; it doubles.
	downloadPause = 200 * time.Millisecond
	// silence is how long a server may say nothing.
	silence = 30 * time.Second
	// maxSmallBytes bounds checksum files, signatures and answers of an API.
	maxSmallBytes = 8 << 20
)

func (in *Installer) client() *http.Client {
	if in.Client != nil {
		return in.Client
	}
	proxy := in.proxy()
	return &http.Client{
		CheckRedirect: checkRedirect,
		Transport: &http.Transport{
			Proxy: proxy, DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
			TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: silence, ForceAttemptHTTP2: true,
			DisableKeepAlives:  true, // a client serves one request
			DisableCompression: true, // the digest is of the bytes as they are published
		},
	}
}

// checkRedirect follows https and what leads to this machine from this machine.
func checkRedirect(r *http.Request, via []*http.Request) error {
	if len(via) > 10 {
		return errors.New("more than 10 redirects")
	}
	if err := checkScheme(r.URL); err != nil || (r.URL.Scheme == "http" && via[0].URL.Scheme == "https") {
		return &Error{Op: "download", Kind: KindNetwork, Detail: fmt.Sprintf("%s redirects to %s, which is not protected", via[0].URL.Redacted(), r.URL.Redacted()), Remedy: "give the final https address"}
	}
	if r.URL.Host != via[0].URL.Host { // the client itself lets another port of the same machine have it
		r.Header.Del("Authorization")
	}
	return nil
}

// statusError is an answer that is no success.
type statusError struct {
	url    string
	status int
	header http.Header
	said   string
}

func (e *statusError) Error() string {
	text := fmt.Sprintf("%s: status %d", e.url, e.status)
	if e.said != "" {
		text += ": " + e.said
	}
	return text
}

// get asks for an address. Without a token in header, the host's login in the
// user's netrc file goes along; either goes to that host and nowhere else.
func (in *Installer) get(ctx context.Context, u *url.URL, header map[string]string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", "jcode/"+in.HostVersion)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	if r.Header.Get("Authorization") == "" {
		l, found, err := in.netrcLogin(u)
		if err != nil {
			return nil, err
		}
		if found {
			r.SetBasicAuth(l.name, l.secret.Reveal())
		}
	}
	response, err := in.client().Do(r)
	if err != nil {
		var own *Error
		if errors.As(err, &own) {
			return nil, own
		}
		return nil, err
	}
	if response.StatusCode == http.StatusOK || response.StatusCode == http.StatusPartialContent {
		return response, nil
	}
	defer func() { _ = response.Body.Close() }()
	said, _ := io.ReadAll(io.LimitReader(response.Body, 300))
	return nil, &statusError{url: u.Redacted(), status: response.StatusCode, header: response.Header, said: oneLine(said)}
}

func oneLine(text []byte) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(string(text), "?"), func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
}

// small gets a file that fits into memory; found is false for one that is not
// there.
func (in *Installer) small(ctx context.Context, u *url.URL, header map[string]string) (data []byte, found bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*silence)
	defer cancel()
	response, err := in.get(ctx, u, header)
	var status *statusError
	if errors.As(err, &status) && (status.status == http.StatusNotFound || status.status == http.StatusGone) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, in.networkError(u, err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err = io.ReadAll(io.LimitReader(response.Body, maxSmallBytes+1))
	if err == nil && len(data) > maxSmallBytes {
		err = fmt.Errorf("more than %d MiB", maxSmallBytes>>20)
	}
	if err != nil {
		return nil, false, in.networkError(u, err)
	}
	return data, true, nil
}

// download gets a large file into staging. Where the connection breaks it goes on
// from there, if the file is still the same one.
func (in *Installer) download(ctx context.Context, u *url.URL, header map[string]string, name string, work *stage) (string, error) {
	file := work.in("download")
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return "", storeError("write download", err)
	}
	defer func() { _ = f.Close() }()
	d := &download{in: in, url: u, header: header, name: name, f: f, total: -1}
	pause := downloadPause
	for try := 1; ; try++ {
		err := d.part(ctx)
		if err == nil {
			in.progress(Progress{Text: "download " + name, Done: d.done, Total: d.done, Finished: true})
			return file, storeErrorOrNil("write download", f.Close())
		}
		if !worthRetrying(err) || try == downloadTries {
			return "", in.networkError(u, err)
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(pause):
		}
		pause *= 2
	}
}

// download is one file on its way.
type download struct {
	in     *Installer
	url    *url.URL
	header map[string]string
	name   string
	f      *os.File
	done   int64
	total  int64  // -1: unknown
	etag   string // of what done is a part of
}

// part gets the rest of the file.
func (d *download) part(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	response, err := d.in.get(ctx, d.url, d.rangeHeader())
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if err := d.begin(response); err != nil {
		return err
	}
	watchdog := time.AfterFunc(silence, func() { cancel(errSilent) })
	defer watchdog.Stop()
	buffer := make([]byte, 128<<10)
	for {
		n, err := response.Body.Read(buffer)
		watchdog.Reset(silence)
		if writeErr := d.write(buffer[:n]); writeErr != nil {
			return writeErr
		}
		switch {
		case errors.Is(err, io.EOF):
			return d.complete()
		case err != nil && context.Cause(ctx) != nil:
			return context.Cause(ctx)
		case err != nil:
			return err
		}
	}
}

var errSilent = fmt.Errorf("the server said nothing for %v", silence)

func (d *download) rangeHeader() map[string]string {
	header := map[string]string{}
	for name, value := range d.header {
		header[name] = value
	}
	if d.done > 0 && d.etag != "" {
		header["Range"] = fmt.Sprintf("bytes=%d-", d.done)
		header["If-Range"] = d.etag
	}
	return header
}

// begin takes up the answer: from where it was, or from the start when the server
// sends the whole file.
func (d *download) begin(r *http.Response) error {
	resumed := r.StatusCode == http.StatusPartialContent && strings.HasPrefix(r.Header.Get("Content-Range"), "bytes "+strconv.FormatInt(d.done, 10)+"-")
	if r.StatusCode == http.StatusPartialContent && !resumed {
		return &statusError{url: d.url.Redacted(), status: r.StatusCode, said: "another part than was asked for"}
	}
	if !resumed {
		d.done = 0
		if err := d.f.Truncate(0); err != nil {
			return storeError("write download", err)
		}
	}
	if r.ContentLength >= 0 {
		d.total = d.done + r.ContentLength
	}
	if tag := r.Header.Get("ETag"); strings.HasPrefix(tag, `"`) { // a weak one does not mean the same bytes
		d.etag = tag
	}
	if d.total > MaxArchiveBytes {
		return refused(d.name, "an archive of more than %d MiB", MaxArchiveBytes>>20)
	}
	return nil
}

func (d *download) write(p []byte) error {
	if d.done+int64(len(p)) > MaxArchiveBytes {
		return refused(d.name, "an archive of more than %d MiB", MaxArchiveBytes>>20)
	}
	if _, err := d.f.WriteAt(p, d.done); err != nil {
		return storeError("write download", err)
	}
	d.done += int64(len(p))
	d.in.step("downloading")
	d.in.progress(Progress{Text: "download " + d.name, Done: d.done, Total: max(d.total, 0)})
	return nil
}

func (d *download) complete() error {
	if d.total >= 0 && d.done != d.total {
		return fmt.Errorf("%d bytes came of %d: %w", d.done, d.total, io.ErrUnexpectedEOF)
	}
	return nil
}

// worthRetrying tells a broken connection from an answer.
func worthRetrying(err error) bool {
	var own *Error
	var status *statusError
	switch {
	case errors.As(err, &own), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return false
	case errors.As(err, &status):
		return status.status >= 500 && status.status != http.StatusNotImplemented
	}
	return true
}

// networkError says what went wrong with an address, and what may help.
func (in *Installer) networkError(u *url.URL, err error) error {
	var own *Error
	var status *statusError
	if errors.As(err, &own) || errors.Is(err, context.Canceled) {
		return err
	}
	e := &Error{Op: "download " + u.Redacted(), Kind: KindNetwork, Err: err, Remedy: "check the address and the network; a proxy is taken from HTTPS_PROXY"}
	if !errors.As(err, &status) {
		return e
	}
	e.Op = "download"
	switch status.status {
	case http.StatusNotFound, http.StatusGone:
		e.Remedy = "check the address"
	case http.StatusUnauthorized:
		e.Remedy = tokenRemedy
	case http.StatusForbidden, http.StatusTooManyRequests:
		e.Remedy = tokenRemedy
		if when := rateLimited(status.header); when != "" {
			e.Detail = "the server's rate limit is reached" + when
			e.Remedy = "set " + tokenVariable + " to any token of yours, which has a higher limit, or wait"
		}
	}
	return e
}

// tokenVariable is what the release host's API is asked with.
const tokenVariable = "GITHUB_TOKEN" //nolint:gosec // a name, not a token

const tokenRemedy = "set " + tokenVariable + ", or the host's entry in ~/.netrc, to a token that may read it"

// rateLimited says until when, or nothing when that is not the reason.
func rateLimited(h http.Header) string {
	if h.Get("X-Ratelimit-Remaining") != "0" && h.Get("Retry-After") == "" {
		return ""
	}
	if at, err := strconv.ParseInt(h.Get("X-Ratelimit-Reset"), 10, 64); err == nil {
		return " until " + time.Unix(at, 0).Local().Format("15:04")
	}
	if after := h.Get("Retry-After"); after != "" {
		return " for " + after + " s"
	}
	return " "
}

// fetchURL downloads an address, and the signature beside it.
func (in *Installer) fetchURL(ctx context.Context, s source, work *stage) (fetched, error) {
	name := path.Base(s.url.Path)
	if name == "/" || name == "." {
		return fetched{}, problem(KindUsage, "", "%s names no file", s.url.Redacted())
	}
	file, err := in.download(ctx, s.url, nil, name, work)
	if err != nil {
		return fetched{}, err
	}
	f := fetched{file: file, name: name, url: s.url.String(), sha256: s.sha256, signed: file}
	f.signature, err = in.beside(ctx, s.url, ".minisig")
	if err != nil || f.signature == nil {
		return f, err
	}
	keyURL := *s.url
	keyURL.Path = path.Join(path.Dir(s.url.Path), "minisign.pub")
	key, _, err := in.small(ctx, &keyURL, nil)
	f.publicKey = string(key)
	return f, err
}

// beside gets a small file whose address is another one's with a suffix.
func (in *Installer) beside(ctx context.Context, u *url.URL, suffix string) ([]byte, error) {
	other := *u
	other.Path, other.RawPath = u.Path+suffix, ""
	data, found, err := in.small(ctx, &other, nil)
	if !found {
		return nil, err
	}
	return data, err
}
