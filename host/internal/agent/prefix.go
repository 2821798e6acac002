package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jcode-go/jcode/host/internal/session"
	"github.com/jcode-go/jcode/sdk"
)

// Beginning is what the system prompt tells of the moment when a session began. It
// stays as it was in later runs: vendors cache a prompt by how it begins.
type Beginning struct {
	// Date is "2006-01-02", Branch that of git; empty outside a repository.
	Date, Branch string
}

// BeginningAt is what is so now.
func BeginningAt(workingDir string, now time.Time) Beginning {
	return Beginning{Date: now.Format("2006-01-02"), Branch: gitBranch(workingDir)}
}

// Since tells the model what is different now; empty when nothing is.
func (b Beginning) Since(now Beginning) string {
	var changed []string
	if now.Date != b.Date {
		changed = append(changed, "today is "+now.Date)
	}
	if now.Branch != b.Branch {
		changed = append(changed, fmt.Sprintf("the git branch is %q", now.Branch))
	}
	if len(changed) == 0 {
		return ""
	}
	return "[Since this session began: " + strings.Join(changed, ", ") + ".]"
}

// Prompt is what every request of a run would begin with: the tools, and the hash
// that the first event tells. It asks nobody.
func Prompt(options Options) (tools []sdk.ToolSpec, hash string) {
	main := newMain(&run{Options: options, now: options.target()})
	return main.specs(), promptHash(options.System, main.specs())
}

// newMain is the conversation of the run itself.
func newMain(r *run) *conversation {
	main := newConversation(r, "", r.Tools, newHistory(r.Session, r.Info))
	if r.ChildTools != nil && main.box != nil {
		r.types = allTypes(r.SubagentTypes)
		main.box = main.box.withTask(r.types)
		main.chooseTools()
	}
	return main
}

// keepPrefix records what the requests begin with, and says when the tools are not
// those that the session began with.
func (c *conversation) keepPrefix(hash string) {
	now := session.Prefix{Hash: hash, Date: c.Beginning.Date, Branch: c.Beginning.Branch, Tools: toolHashes(c.specs())}
	former, known := c.Session.Prefix()
	if len(now.Tools) == 0 { // a provider that takes none says nothing of them
		now.Tools = former.Tools
	}
	if known && former.Hash == hash {
		return
	}
	if text := changedTools(former.Tools, now.Tools); known && text != "" {
		c.warn("tools_changed", "the tools are not those that this session began with ("+text+"): the vendor's cache of it begins anew")
	}
	if err := c.Session.SetPrefix(now); err != nil {
		c.warn("session_write", err.Error())
	}
}

func toolHashes(specs []sdk.ToolSpec) map[string]string {
	hashes := map[string]string{}
	for _, spec := range specs {
		sum := sha256.Sum256(fmt.Appendf(nil, "%d:%s%s", len(spec.Description), spec.Description, spec.InputSchema))
		hashes[spec.Name] = hex.EncodeToString(sum[:4])
	}
	return hashes
}

// changedTools names what differs; empty when nothing does or nothing is known.
func changedTools(former, now map[string]string) string {
	if len(former) == 0 || len(now) == 0 || maps.Equal(former, now) {
		return ""
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(now)) {
		switch old, known := former[name]; {
		case !known:
			parts = append(parts, name+" is new")
		case old != now[name]:
			parts = append(parts, name+" is another")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(former)) {
		if now[name] == "" {
			parts = append(parts, name+" is gone")
		}
	}
	return strings.Join(parts, ", ")
}
