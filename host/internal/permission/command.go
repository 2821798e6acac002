package permission

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/host/internal/tool/shell"
)

// executeVerdict checks a command line. In the modes without shell commands every
// command of it needs a rule; in mode auto only what that refuses does.
func (p *Policy) executeVerdict(access tool.Access) verdict {
	script, err := shell.Parse(access.Command, shell.Context{Dir: access.Dir, Variables: p.variables()})
	covers := []cover(nil)
	if err == nil {
		covers = p.rules.coverage(script)
	}
	if reason := p.modeReason(script, covers); reason != "" {
		return verdict{reason, err == nil && p.final(script)}
	}
	if err != nil {
		return verdict{reason: fmt.Sprintf("the command cannot be checked: %v; only permission mode bypass would allow it", err)}
	}
	reason := p.commandReason(script, covers)
	if reason == "" {
		return verdict{}
	}
	return verdict{reason + "; only permission mode bypass would allow it", p.final(script)}
}

// modeReason says why the mode does not allow the commands at all, or is empty.
func (p *Policy) modeReason(script *shell.Script, covers []cover) string {
	if p.mode == ModeAuto {
		return ""
	}
	if !slices.ContainsFunc(covers, func(c cover) bool { return c >= covered }) {
		return fmt.Sprintf("permission mode %s allows no shell commands; mode auto would", p.mode)
	}
	if at := slices.Index(covers, uncovered); at >= 0 {
		return fmt.Sprintf("permission mode %s allows no shell commands but those of the allow rules, and none is about %s",
			p.mode, firstOf(script.Commands[at].Name, "a program whose name is only known when it runs"))
	}
	return ""
}

// commandReason says why a command line is refused, or is empty.
func (p *Policy) commandReason(script *shell.Script, covers []cover) string {
	for i, cmd := range script.Commands {
		if reason := p.redirectsReason(cmd); reason != "" {
			return reason
		}
		reason := p.simpleReason(cmd)
		if reason != "" && covers[i] == explicit {
			reason = p.hardReason(cmd)
		}
		if reason != "" {
			return reason
		}
	}
	if len(script.Unsafe) > 0 {
		return "the command cannot be checked: " + script.Unsafe[0]
	}
	return p.killReason(script)
}

// final reports whether a command line touches what nobody may allow.
func (p *Policy) final(script *shell.Script) bool {
	for _, cmd := range script.Commands {
		for _, w := range cmd.Args {
			if p.wordReason(cmd, w) != "" || writesSomewhere(cmd) && slices.ContainsFunc(places(cmd, w), p.isOwn) {
				return true
			}
		}
		for _, r := range cmd.Redirects {
			if p.wordReason(cmd, r.Target) != "" || r.Write && slices.ContainsFunc(places(cmd, r.Target), p.isOwn) {
				return true
			}
		}
	}
	return p.killReason(script) != ""
}

// variables are those whose values the check may rely on.
func (p *Policy) variables() map[string]string {
	known := map[string]string{"PPID": strconv.Itoa(os.Getpid())} // so that kill $PPID is seen
	if p.userHome != "" {
		known["HOME"] = p.userHome
	}
	if p.home != "" {
		known["JCODE_HOME"] = p.home
	}
	return known
}

func (p *Policy) redirectsReason(cmd shell.Command) string {
	for _, r := range cmd.Redirects {
		if reason := p.redirectReason(cmd, r); reason != "" {
			return reason
		}
	}
	return ""
}

// simpleReason checks one simple command, its redirections apart.
func (p *Policy) simpleReason(cmd shell.Command) string {
	for _, w := range cmd.Args {
		if reason := p.wordReason(cmd, w); reason != "" {
			return reason
		}
	}
	if cmd.Bare {
		return ""
	}
	if cmd.Name == "" {
		return "which program it runs is only known when it runs"
	}
	if reason, ok := refused[cmd.Name]; ok {
		return fmt.Sprintf("%s %s", cmd.Name, reason)
	}
	if strings.HasPrefix(cmd.Name, "mkfs") {
		return cmd.Name + " formats disks"
	}
	if check, ok := checks[cmd.Name]; ok {
		if reason := check(p, cmd); reason != "" {
			return reason
		}
	}
	return p.networkReason(cmd)
}

// refused are programs that no command may run.
var refused = map[string]string{
	"sudo": "changes the user", "su": "changes the user", "doas": "changes the user", "pkexec": "changes the user",
	"run0": "changes the user", "sudoedit": "changes the user", "runuser": "changes the user", "visudo": "changes who may do what",
	"passwd": "changes passwords", "chpasswd": "changes passwords", "useradd": "changes accounts", "userdel": "changes accounts",
	"usermod": "changes accounts",
	"wipefs":  "destroys disks", "fdisk": "changes disks", "sfdisk": "changes disks", "parted": "changes disks",
	"mkswap": "formats disks", "blkdiscard": "destroys disks",
	"shutdown": "stops the machine", "reboot": "stops the machine", "halt": "stops the machine", "poweroff": "stops the machine",
	"telinit": "stops the machine", "insmod": "changes the kernel", "modprobe": "changes the kernel",
	"crontab": "leaves work for later", "at": "leaves work for later",
}

// harmlessDevices may be written to.
var harmlessDevices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/stdout", "/dev/stderr", "/dev/stdin", "/dev/tty"}

// redirectReason checks a redirection. Files outside of the working folder are
// for the user to write, temporary ones excepted.
func (p *Policy) redirectReason(cmd shell.Command, r shell.Redirect) string {
	if reason := p.wordReason(cmd, r.Target); reason != "" || !r.Write {
		return reason
	}
	if r.Target.Known() && len(r.Target.Values) == 1 && (slices.Contains(harmlessDevices, r.Target.Values[0]) || strings.HasPrefix(r.Target.Values[0], "/dev/fd/")) {
		return ""
	}
	if r.Target.Process {
		return "" // >(command), which is checked itself
	}
	all, ok := targets(cmd, r.Target)
	if !ok {
		return "where the redirection writes is only known when it runs"
	}
	for _, t := range all {
		switch {
		case p.isProtected(t.path):
			return fmt.Sprintf("the redirection writes to %s, which is protected", t.path)
		case t.pattern == "" && p.rules.allowsWrite(toolBash, t.path):
			continue
		case p.mode == ModeReadOnly:
			return fmt.Sprintf("the redirection writes to %s, and permission mode read-only allows no writing", t.path)
		case t.pattern != "" || !p.inRoots(t.path) && !p.inTemp(t.path):
			return fmt.Sprintf("the redirection writes to %s, outside of the working folder", t.path)
		}
	}
	return ""
}

// wordReason refuses words that name credentials, whatever the command does
// with them. A path may follow "=" or "@".
func (p *Policy) wordReason(cmd shell.Command, w shell.Word) string {
	if !w.Known() && strings.HasPrefix(w.Prefix, "/proc/") && processSecret("/proc/0/"+w.Base) {
		return "it reads the secrets of a process"
	}
	if !w.Known() {
		return ""
	}
	words := []shell.Word{w}
	for _, value := range w.Values {
		for _, mark := range []string{"=", "@", "=@"} {
			_, rest, ok := strings.Cut(value, mark)
			if !ok {
				continue
			}
			if home, ok := strings.CutPrefix(rest, "~/"); ok {
				rest = filepath.Join(p.userHome, home)
			}
			words = append(words, shell.Word{Values: []string{rest}, Glob: w.Glob})
		}
	}
	for _, each := range words {
		all, _ := targets(cmd, each)
		for _, t := range all {
			if p.isCredential(t.path) || t.pattern != "" && p.holdsCredential(t) {
				return t.path + " holds credentials"
			}
			if readsTrees(cmd) && p.aboveCredential(t) {
				return fmt.Sprintf("%s reads all of %s, which holds credentials", cmd.Name, t.path)
			}
		}
	}
	return ""
}

// holdsCredential reports whether a pattern can match a credential file.
func (p *Policy) holdsCredential(t target) bool {
	if strings.HasPrefix(t.path, "/proc") && processSecret("/proc/0/"+filepath.Base(t.pattern)) {
		return true
	}
	return slices.ContainsFunc(p.credentials, func(c string) bool {
		rest, err := filepath.Rel(t.path, c)
		if err != nil || strings.HasPrefix(rest, "..") {
			return false
		}
		for n := range strings.Count(rest, "/") + 1 {
			part := strings.Join(strings.Split(rest, "/")[:n+1], "/")
			if matched, err := filepath.Match(t.pattern, part); err != nil || matched {
				return true
			}
		}
		return false
	})
}

// downloaders fetch from the network; interpreters run what they are fed.
var (
	downloaders  = []string{"curl", "wget", "fetch", "nc", "ncat", "netcat", "aria2c", "http", "lynx", "ftp", "scp"}
	interpreters = []string{"python", "python2", "python3", "perl", "ruby", "node", "deno", "bun", "php", "lua", "osascript", "pwsh"}
)

// networkReason refuses code from the network fed to an interpreter. Shells are
// stricter: they are never fed by anything that cannot be read beforehand.
func (p *Policy) networkReason(cmd shell.Command) string {
	if !slices.Contains(interpreters, cmd.Name) {
		return ""
	}
	fetched := slices.ContainsFunc(cmd.Upstream, func(name string) bool { return slices.Contains(downloaders, name) })
	script := slices.ContainsFunc(cmd.Args, func(w shell.Word) bool { return w.Known() && !strings.HasPrefix(w.Values[0], "-") })
	if fetched && !script {
		return cmd.Name + " runs code from the network"
	}
	return ""
}
