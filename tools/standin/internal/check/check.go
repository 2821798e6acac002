// Package check is what the strict checks of every stand-in have in common.
package check

import (
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/jsontree"
)

// First gives the first complaint about an item, nil when there is none.
func First[T, R any](items []T, check func(i int, item T) *R) *R {
	for i, item := range items {
		if r := check(i, item); r != nil {
			return r
		}
	}
	return nil
}

// FirstOf gives the complaint of the first check that has one.
func FirstOf[R any](checks ...func() *R) *R {
	for _, check := range checks {
		if r := check(); r != nil {
			return r
		}
	}
	return nil
}

// Extra returns the first key of n that is not allowed.
func Extra(n *jsontree.Node, allowed []string) string {
	for _, key := range n.Keys {
		if !slices.Contains(allowed, key) {
			return key
		}
	}
	return ""
}

// JSONBody reports whether a request that has a body says that it is JSON.
func JSONBody(r *http.Request) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return r.Method != http.MethodPost || err == nil && media == "application/json"
}

var acceptable = []string{"*/*", "application/*", "application/json", "text/*", "text/event-stream"}

// Acceptable reports whether a client takes what the stand-ins send.
func Acceptable(h http.Header) bool {
	given := strings.Join(h.Values("Accept"), ",")
	if given == "" {
		return true
	}
	for part := range strings.SplitSeq(given, ",") {
		if media, _, err := mime.ParseMediaType(part); err == nil && slices.Contains(acceptable, media) {
			return true
		}
	}
	return false
}
