// Package attach is the file by which a host finds a plugin that was started by hand,
// in a debugger for example: `jcode-provider-x debug` writes it, and jcode reads it
// when it is told --plugin x=attach:FILE.
//
// The file holds the token that both ends of the connection prove to each other, so
// it has mode 0600 and lies in a folder of mode 0700, as the socket does.
package attach

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jcode-go/jcode/sdk"
)

// Attachment is a plugin that waits for a host. It is a plain value.
type Attachment struct {
	// Name, Version and SDKVersion are those of Info; Protocol the versions of the
	// provider protocol.
	Name       string `json:"name"`
	Version    string `json:"version"`
	SDKVersion string `json:"sdk_version"`
	Protocol   []int  `json:"protocol"`
	PID        int    `json:"pid"`
	// Socket is the path of a Unix socket.
	Socket string `json:"socket"`
	// Token is what both ends know; see sdk/plugin.
	Token sdk.Secret `json:"-"`
	// Program and Dir are the executable and the working folder: the manifest lies
	// in the folder of the one or in the other.
	Program string `json:"program"`
	Dir     string `json:"dir"`
}

// stored is an Attachment with its token in clear.
type stored struct {
	Attachment
	Token string `json:"token"`
}

// Write writes the file, mode 0600, in one step. Its folder must exist.
func Write(path string, a Attachment) error {
	data, err := json.Marshal(stored{a, a.Token.Reveal()})
	if err != nil {
		return err
	}
	temporary := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := os.WriteFile(temporary, data, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// Read reads the file. The error says what is wrong with it, never what it holds.
func Read(path string) (Attachment, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Attachment{}, err
	}
	var s stored
	if json.Unmarshal(data, &s) != nil || s.Name == "" || !filepath.IsAbs(s.Socket) || s.Token == "" {
		return Attachment{}, fmt.Errorf("%s is not written by a plugin that waits for jcode", path)
	}
	s.Attachment.Token = sdk.NewSecret(s.Token)
	return s.Attachment, nil
}
