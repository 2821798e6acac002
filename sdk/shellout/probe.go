package shellout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	// DefaultProbeLimit is how long a probe may take.
	DefaultProbeLimit = 10 * time.Second
	// ProbeOutputLimit is how many bytes of each output a probe keeps.
	ProbeOutputLimit = 256 << 10
	// retryProbe is when a probe is repeated that failed or took too long, which
	// may have had reasons that pass.
	retryProbe = time.Hour
)

// Probe asks a program what it can do: one process, nothing on standard input, no
// effect but its output.
type Probe struct {
	// Command says what runs; of it Path, Dir, Environment and Args count. Nil
	// Args are "--help".
	Command Command
	// CacheDir is where the answer is kept, sdk.Config.CacheDir as a rule. It
	// holds as long as the file has the same path, size and time of change.
	// Empty keeps nothing.
	CacheDir string
	// Limit is how long it may take. Zero is DefaultProbeLimit.
	Limit time.Duration
	// Keep is for how long the answer counts though the file stays the same.
	// Zero is without an end.
	Keep time.Duration
	// Off answers with nothing and starts no program: what the user asked for
	// with JCODE_CLI_PROBE=0.
	Off bool
}

// Text returns what the program printed, standard output first, as plain text
// without secrets; some programs print their help on standard error. It is empty
// for a program that prints nothing or not in time, which is an answer too: the
// program is not known to have anything.
//
// An error is a [*sdk.Error]: the program could not be started, or ctx ended. It
// is safe for concurrent use, by several processes too.
func (p Probe) Text(ctx context.Context) (string, error) {
	if p.Off {
		return "", nil
	}
	if p.Command.Args == nil {
		p.Command.Args = []string{"--help"}
	}
	now := time.Now()
	key, err := p.key()
	if err == nil {
		if text, ok := p.cached(key, now); ok {
			return text, nil
		}
	}
	text, certain, runErr := p.run(ctx)
	if runErr != nil {
		return "", runErr
	}
	if err == nil {
		key.Text, key.Asked = text, now
		if !certain {
			key.Until = now.Add(retryProbe)
		}
		p.keep(key)
	}
	return text, nil
}

// Cached returns the kept answer that Text would return, and whether there is one.
// It starts nothing.
func (p Probe) Cached() (text string, ok bool) {
	if p.Off {
		return "", true
	}
	if p.Command.Args == nil {
		p.Command.Args = []string{"--help"}
	}
	key, err := p.key()
	if err != nil {
		return "", false
	}
	return p.cached(key, time.Now())
}

// run asks the program. An answer is certain if it came with success.
func (p Probe) run(ctx context.Context) (text string, certain bool, err error) {
	c := Command{
		Name: p.Command.Name, Path: p.Command.Path, Args: p.Command.Args, Dir: p.Command.Dir,
		Environment: p.Command.Environment, Redact: p.Command.Redact, StderrLimit: ProbeOutputLimit,
		Ladder: []Step{{Signal: syscall.SIGTERM, Wait: time.Second}},
	}
	limited, cancel := context.WithTimeout(ctx, orDefault(p.Limit, DefaultProbeLimit))
	defer cancel()
	out, err := Collect(limited, c, ProbeOutputLimit)
	switch {
	case err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return "", false, nil
	case err != nil:
		return "", false, err
	}
	parts := []string{Redact(PlainText(string(out.Stdout)), c.Redact...), out.Exit.Stderr}
	return strings.TrimSpace(strings.Join(parts, "\n")), out.Exit.Success(), nil
}

// answer is one answer in the cache: to which question, of which file.
type answer struct {
	Path    string    `json:"path"`
	Args    []string  `json:"args"`
	Size    int64     `json:"size"`
	Changed int64     `json:"changed"` // nanoseconds since 1970
	Asked   time.Time `json:"asked"`
	Until   time.Time `json:"until,omitzero"`
	Text    string    `json:"text"`
}

func (p Probe) key() (answer, error) {
	info, err := os.Stat(p.Command.Path) // of the file behind a link
	if err != nil {
		return answer{}, err
	}
	return answer{
		Path: p.Command.Path, Args: p.Command.Args,
		Size: info.Size(), Changed: info.ModTime().UnixNano(),
	}, nil
}

// file is one for each question, so that a new version replaces the old answer.
func (p Probe) file(key answer) string {
	sum := sha256.Sum256([]byte(strings.Join(append([]string{key.Path}, key.Args...), "\x00")))
	return filepath.Join(p.CacheDir, "probe-"+hex.EncodeToString(sum[:8])+".json")
}

func (p Probe) cached(key answer, now time.Time) (string, bool) {
	if p.CacheDir == "" {
		return "", false
	}
	b, err := os.ReadFile(p.file(key))
	var a answer
	if err != nil || json.Unmarshal(b, &a) != nil {
		return "", false
	}
	same := a.Path == key.Path && slices.Equal(a.Args, key.Args) && a.Size == key.Size && a.Changed == key.Changed
	recent := p.Keep <= 0 || now.Sub(a.Asked) < p.Keep && !a.Asked.After(now)
	return a.Text, same && recent && (a.Until.IsZero() || now.Before(a.Until))
}

// keep writes the answer for the next time. If it cannot, the program is asked
// again, which is no reason to fail.
func (p Probe) keep(a answer) {
	if p.CacheDir == "" {
		return
	}
	b, err := json.Marshal(a)
	if err != nil {
		return
	}
	f, err := os.CreateTemp(p.CacheDir, "probe-*.tmp")
	if err != nil {
		return
	}
	_, err = f.Write(b)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil || os.Rename(f.Name(), p.file(a)) != nil {
		_ = os.Remove(f.Name())
	}
}

// HasFlag reports whether a help text lists flag, "--trust" or "-p": as a word of
// its own, not as the beginning of another flag.
func HasFlag(help, flag string) bool {
	if flag == "" {
		return false
	}
	for from := 0; ; {
		i := strings.Index(help[from:], flag)
		if i < 0 {
			return false
		}
		begin, end := from+i, from+i+len(flag)
		if (begin == 0 || !isFlagByte(help[begin-1])) && (end == len(help) || !isFlagByte(help[end])) {
			return true
		}
		from = begin + 1
	}
}

func isFlagByte(b byte) bool {
	return b == '-' || b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}
