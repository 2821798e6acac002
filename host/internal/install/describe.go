package install

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// describeLimit is how long a program may take to say what it is.
const describeLimit = 10 * time.Second

// describe runs a program that has neither manifest nor build info, with the
// user's consent, to learn what it is. It gets an empty environment.
func (c *candidate) describe(ctx context.Context, path string) error {
	if !c.request.Describe {
		return problem(KindManifest, "put a plugin.toml beside it, or jcode plugins install --describe, which runs it to ask",
			"%s has no manifest and was not built with the Go SDK, so nothing tells what it is", filepath.Base(path))
	}
	c.in.step("describe")
	ctx, cancel := context.WithTimeout(ctx, describeLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "describe")
	cmd.Dir, cmd.Env, cmd.WaitDelay = c.stage.path, []string{"PATH=" + c.in.env("PATH")}, time.Second
	out, err := cmd.Output()
	if err != nil {
		return problem(KindManifest, "put a plugin.toml beside it", "%s describe: %v", filepath.Base(path), err)
	}
	var said struct {
		Name     string `json:"name"`
		Display  string `json:"display_name"`
		Version  string `json:"version"`
		Protocol []int  `json:"protocol"`
	}
	if err := json.Unmarshal(out, &said); err != nil {
		return problem(KindManifest, "put a plugin.toml beside it", "%s describe does not print JSON: %v", filepath.Base(path), err)
	}
	if said.Name != c.row.Name {
		return problem(KindManifest, "rename the program", "%s calls itself %q", filepath.Base(path), said.Name)
	}
	c.row.Version, c.row.Protocol = said.Version, said.Protocol
	if said.Display != "" {
		c.row.Manifest.Display = said.Display
	}
	c.row.Judge(discover.Options{HostVersion: c.in.HostVersion, HostProtocols: c.in.HostProtocols})
	if c.row.Status != discover.StatusOK {
		return problem(KindIncompatible, c.row.Remedy, "%s: %s", filepath.Base(path), c.row.Reason)
	}
	c.notes = append(c.notes, fmt.Sprintf("it has no manifest: what it asks for cannot be shown; it said itself that it is version %s", said.Version))
	return nil
}
