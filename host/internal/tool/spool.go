package tool

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// spool is the folder for full outputs.
type spool struct {
	mu        sync.Mutex
	dir       string
	temporary bool
	made      bool
}

// create makes the file of a call, for appending. Two calls never share one.
func (s *spool) create(callID, suffix string) (*os.File, error) {
	dir, err := s.folder()
	if err != nil {
		return nil, err
	}
	base := fileName(callID)
	for n := 1; ; n++ {
		name := base
		if n > 1 {
			name += "-" + strconv.Itoa(n)
		}
		file, err := os.OpenFile(filepath.Join(dir, name+suffix), os.O_CREATE|os.O_EXCL|os.O_RDWR|os.O_APPEND, 0o600)
		if err == nil {
			return file, nil
		}
		if !os.IsExist(err) || n == 1000 {
			return nil, fmt.Errorf("create output file: %w", err)
		}
	}
}

// write keeps a whole text and returns its path.
func (s *spool) write(callID, text string) (string, error) {
	file, err := s.create(callID, ".txt")
	if err != nil {
		return "", err
	}
	_, err = file.WriteString(text)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return "", fmt.Errorf("write output file: %w", err)
	}
	return file.Name(), nil
}

func (s *spool) folder() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made {
		return s.dir, nil
	}
	if s.dir == "" {
		dir, err := os.MkdirTemp("", "jcode-out-")
		if err != nil {
			return "", fmt.Errorf("create output folder: %w", err)
		}
		s.dir, s.temporary, s.made = dir, true, true
		return dir, nil
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return "", fmt.Errorf("create output folder: %w", err)
	}
	s.made = true
	return s.dir, nil
}

// remove removes the folder if it was only a temporary one.
func (s *spool) remove() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.temporary {
		_ = os.RemoveAll(s.dir)
		s.dir, s.temporary, s.made = "", false, false
	}
}

// fileName makes a call's id, which a model's vendor chose, a safe file name.
func fileName(callID string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '_'
	}, callID)
	if name == "" {
		return "call"
	}
	return name[:min(len(name), 80)]
}
