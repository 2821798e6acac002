package session

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// idAlphabet leaves out what is easily misread.
const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// newID is sortable by time and short enough to type.
func newID(now time.Time) string {
	var random [5]byte
	_, _ = rand.Read(random[:]) // never fails: crypto/rand ends the process instead
	for i, b := range random {
		random[i] = idAlphabet[int(b)%len(idAlphabet)]
	}
	return now.UTC().Format("20060102-150405-") + string(random[:])
}

// ParseUUID returns a UUID in its usual form, in lower case.
func ParseUUID(text string) (id string, ok bool) {
	id = strings.ToLower(text)
	if len(id) != 36 {
		return "", false
	}
	for i, r := range id {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (r == '-') || !dash && !strings.ContainsRune("0123456789abcdef", r) {
			return "", false
		}
	}
	return id, true
}

// Project returns the folder that sessions begun in dir are kept under: the name
// of the repository (or of dir, outside one) and a short hash of its path.
func Project(dir string) string {
	root := projectRoot(dir)
	sum := sha256.Sum256([]byte(root))
	return slug(filepath.Base(root)) + "-" + hex.EncodeToString(sum[:4])
}

// projectRoot is the nearest folder at or above dir that holds .git, else dir.
func projectRoot(dir string) string {
	for at := dir; ; {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			return at
		}
		up := filepath.Dir(at)
		if up == at {
			return dir
		}
		at = up
	}
}

func slug(name string) string {
	var out strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			out.WriteRune(r)
		case out.Len() > 0 && !strings.HasSuffix(out.String(), "-"):
			out.WriteByte('-')
		}
		if out.Len() >= 32 {
			break
		}
	}
	if text := strings.Trim(out.String(), "-"); text != "" {
		return text
	}
	return "root"
}

// validRef keeps path separators and the like out of file names.
func validRef(ref string) bool {
	return ref != "" && strings.Trim(ref, "0123456789abcdefghijklmnopqrstuvwxyz-") == ""
}
